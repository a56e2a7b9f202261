// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One readout: budget, wire, store, and what is said of it.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <time.h>

#include <meterbus/json.h>

#include "base/clock.h"
#include "base/log.h"
#include "reader/private.h"

/* Bits of agenda_item.told above those of findings. */
#define TOLD_FAILING (1U << 31)
#define TOLD_BUDGET (1U << 30)

/* ------------------------------------------------------------- the tap */

static struct reader_tap *tap_of(struct meterbus_link *link)
{
	return (struct reader_tap *)((char *)link -
				     offsetof(struct reader_tap, link));
}

static struct meterbus_link *behind(struct meterbus_link *link)
{
	return bus_link_exchanges(tap_of(link)->reader->link);
}

static int tap_exchange(struct meterbus_link *link,
			struct meterbus_exchange *exchange,
			struct meterbus_error *err)
{
	struct reader_tap *tap = tap_of(link);
	int result = behind(link)->exchange(behind(link), exchange, err);

	atomic_store(&tap->reader->alive, reader_now().monotonic);
	if (result == 0 && exchange->outcome == METERBUS_OUTCOME_FRAME &&
	    !tap->first_ns)
		tap->first_ns = now_ns();
	return result;
}

static int tap_hold(struct meterbus_link *link, struct meterbus_error *err)
{
	return behind(link)->hold(behind(link), err);
}

static void tap_release(struct meterbus_link *link)
{
	behind(link)->release(behind(link));
}

static int tap_get_timing(struct meterbus_link *link,
			  struct meterbus_timing *timing,
			  struct meterbus_error *err)
{
	return behind(link)->get_timing(behind(link), timing, err);
}

static int tap_set_timing(struct meterbus_link *link,
			  const struct meterbus_timing *timing,
			  struct meterbus_error *err)
{
	return behind(link)->set_timing(behind(link), timing, err);
}

static uint64_t tap_sent(struct meterbus_link *link)
{
	return behind(link)->sent ? behind(link)->sent(behind(link)) : 0;
}

/* ------------------------------------------------------------ findings */

/*
 * Called by the master, within meterbus_read(). Programs get each, the log
 * those that are new.
 */
static void note_finding(void *context, const struct meterbus_finding *finding)
{
	struct reader *reader = context;
	struct json_object *object = meterbus_json_finding(finding);
	uint32_t bit = 1U << (finding->kind & 15);
	uint32_t *told = reader->current && finding->address ?
				 &reader->current->told :
				 &reader->told;

	if (!(*told & bit))
		log_warning("bus %s: %s", reader->bus->name, finding->text);
	*told |= bit;
	if (!object)
		return;
	json_object_object_add(object, "bus",
			       json_object_new_string(reader->bus->name));
	if (reader->current)
		json_object_object_add(
			object, "meter",
			json_object_new_string(reader->current->meter->name));
	news_publish(reader->news, "finding", object);
}

static bool is_ending(void *context)
{
	return atomic_load(&((struct reader *)context)->ending);
}

int reader_tap_init(struct reader *reader, struct meterbus_error *err)
{
	reader->tap = (struct reader_tap){
		.link = {
			.exchange = tap_exchange,
			.hold = tap_hold,
			.release = tap_release,
			.get_timing = tap_get_timing,
			.set_timing = tap_set_timing,
			.sent = tap_sent,
		},
		.reader = reader,
	};
	reader->master = meterbus_master_new(&reader->tap.link, err);
	if (!reader->master)
		return -1;
	meterbus_master_set_callbacks(reader->master, note_finding, is_ending,
				      reader);
	return 0;
}

/* -------------------------------------------------------------- budget */

/* The day a budget is for, by the clock on the wall. */
static void today(int64_t *since_ns, int64_t *until_ns)
{
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	tm.tm_hour = tm.tm_min = tm.tm_sec = 0;
	tm.tm_isdst = -1;
	*since_ns = mktime(&tm) * NS_PER_S;
	tm.tm_mday++;
	tm.tm_isdst = -1;
	*until_ns = mktime(&tm) * NS_PER_S;
}

static int check_budget(struct reader *reader, const struct config_meter *meter,
			struct meterbus_error *err)
{
	int64_t since, until;
	unsigned int count;

	if (!meter->reads_per_day)
		return 0;
	today(&since, &until);
	if (recorder_attempts(reader->recorder, meter->name, since, until,
			      &count, err) < 0)
		return -1;
	if (count < meter->reads_per_day)
		return 0;
	return meterbus_fail(err, METERBUS_E_BUSY,
			     "%s was asked %u times today, which is its reads-per-day; it is read again tomorrow",
			     meter->name, count);
}

/* ---------------------------------------------------------- the readout */

/* Said once when it begins and once when it is over, not each time. */
static void note_outcome(struct reader *reader, const char *name,
			 const struct meterbus_error *failure)
{
	uint32_t *told = reader->current ? &reader->current->told : NULL;

	if (failure && told && !(*told & TOLD_FAILING))
		log_warning("meter %s on bus %s: %s", name, reader->bus->name,
			    failure->text);
	else if (failure)
		log_debug("meter %s on bus %s: %s", name, reader->bus->name,
			  failure->text);
	else if (told && *told & TOLD_FAILING)
		log_notice("meter %s on bus %s is read again", name,
			   reader->bus->name);
	else
		log_debug("meter %s on bus %s: read", name, reader->bus->name);
	if (told)
		*told = failure ? *told | TOLD_FAILING :
				  *told & ~(TOLD_FAILING | TOLD_BUDGET);
}

static void note_refusal(struct reader *reader,
			 const struct meterbus_error *err)
{
	uint32_t *told = reader->current ? &reader->current->told : NULL;

	if (told && !(*told & TOLD_BUDGET))
		log_notice("%s", err->text);
	if (told)
		*told |= TOLD_BUDGET;
}

static void set_status(struct reader *reader, const char *name, int result)
{
	pthread_mutex_lock(&reader->lock);
	snprintf(reader->status.meter, sizeof(reader->status.meter), "%s", name);
	if (!*name) {
		reader->status.reads++;
		reader->status.failures += result < 0;
	}
	pthread_mutex_unlock(&reader->lock);
}

static int ask_wire(struct reader *reader,
		    const struct meterbus_address *address,
		    const struct meterbus_quirks *quirks,
		    struct store_readout *readout, struct meterbus_error *err)
{
	int64_t begin = clock_ns(CLOCK_MONOTONIC);
	int result;

	reader->telegrams.count = 0;
	reader->tap.first_ns = 0;
	meterbus_master_set_quirks(reader->master, quirks);
	gate_enter(&reader->gate, true);
	result = meterbus_read(reader->master, address, &reader->telegrams, err);
	gate_leave(&reader->gate);
	readout->elapsed_ms =
		(clock_ns(CLOCK_MONOTONIC) - begin) / 1000000;
	readout->time_ns = reader->tap.first_ns ?
				   reader->tap.first_ns :
				   now_ns();
	readout->telegram_count = reader->telegrams.count;
	for (size_t i = 0; i < reader->telegrams.count; i++) {
		readout->telegrams[i].bytes =
			reader->telegrams.telegrams[i].bytes;
		readout->telegrams[i].len = reader->telegrams.telegrams[i].len;
	}
	return result;
}

static const struct meterbus_quirks *
known_quirks(const struct meterbus_address *address)
{
	const struct meterbus_quirks *known;
	size_t count;

	known = meterbus_quirks_known(&count);
	return meterbus_quirks_of(known, count, address);
}

/*
 * Whoever was asked by an address that says little may be known by its answer:
 * then this is a readout of that meter.
 */
static const struct config_meter *recognise(struct reader *reader,
					    struct store_readout *readout)
{
	const struct agenda_item *item;

	if (!readout->telegram_count)
		return NULL;
	item = known_answer(&reader->agenda, readout->telegrams[0].bytes,
			    readout->telegrams[0].len);
	if (!item)
		return NULL;
	readout->meter = item->meter->name;
	readout->address = meterbus_address_format(&item->meter->address,
						   reader->address_text);
	return item->meter;
}

/* What was read, and what became of it. NULL without memory. */
static struct reading *keep(struct reader *reader,
			    const struct config_meter *meter,
			    const struct store_readout *readout)
{
	struct reading *reading = reading_new(reader->config, meter, readout);

	if (!reading)
		log_error("bus %s: out of memory; a readout of %s is lost",
			  reader->bus->name, readout->address);
	else if (meter)
		recorder_add(reader->recorder, reading);
	return reading;
}

int reader_read_one(struct reader *reader, const struct config_meter *meter,
		    const struct meterbus_address *address, bool force,
		    struct reading **reading, struct meterbus_error *err)
{
	struct store_readout readout = { .bus = reader->bus->name };
	char *text = reader->address_text;
	int result;

	*reading = NULL;
	if (meter)
		address = &meter->address;
	if (meter && !force && check_budget(reader, meter, err) < 0) {
		note_refusal(reader, err);
		return -1;
	}
	readout.address = meterbus_address_format(address, text);
	readout.meter = meter ? meter->name : "";
	set_status(reader, meter ? meter->name : text, 0);
	err->kind = METERBUS_OK;
	err->text[0] = '\0';
	result = ask_wire(reader, address,
			  meter ? meter->quirks : known_quirks(address),
			  &readout, err);
	set_status(reader, "", result);
	if (!meter)
		meter = recognise(reader, &readout);
	readout.outcome = result < 0 ? err->kind : METERBUS_OK;
	readout.why = result < 0 ? err->text : "";
	/* Broken off by us, which says nothing of the meter. */
	if (result < 0 && is_ending(reader))
		return -1;
	note_outcome(reader, meter ? meter->name : text,
		     result < 0 ? err : NULL);
	*reading = keep(reader, meter, &readout);
	return result;
}
