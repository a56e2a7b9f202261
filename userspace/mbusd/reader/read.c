// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * One readout: budget, wire, store, log.
 */
#include <json-c/json.h>
#include <stdio.h>
#include <time.h>

#include <meterbus/json.h>

#include "common/clock.h"
#include "base/hint.h"
#include "base/log.h"
#include "reader/private.h"

/* Bits of agenda_item.logged above those of findings. */
#define LOGGED_FAILING (1U << 31)
#define LOGGED_BUDGET (1U << 30)

/* ------------------------------------------------------- the timed link */

static struct timed_link *timed_of(struct meterbus_link *link)
{
	return (struct timed_link *)((char *)link -
				     offsetof(struct timed_link, link));
}

static struct meterbus_link *behind(struct meterbus_link *link)
{
	return bus_link_exchanges(timed_of(link)->reader->link);
}

static int timed_exchange(struct meterbus_link *link,
			struct meterbus_exchange *exchange,
			struct meterbus_error *err)
{
	struct timed_link *timed = timed_of(link);
	int result = behind(link)->exchange(behind(link), exchange, err);

	atomic_store(&timed->reader->alive, reader_now().monotonic);
	if (result == 0 && exchange->outcome == METERBUS_OUTCOME_FRAME &&
	    !timed->first_ns)
		timed->first_ns = wall_ns();
	return result;
}

static int timed_hold(struct meterbus_link *link, struct meterbus_error *err)
{
	return behind(link)->hold(behind(link), err);
}

static void timed_release(struct meterbus_link *link)
{
	behind(link)->release(behind(link));
}

static int timed_get_timing(struct meterbus_link *link,
			  struct meterbus_timing *timing,
			  struct meterbus_error *err)
{
	return behind(link)->get_timing(behind(link), timing, err);
}

static int timed_set_timing(struct meterbus_link *link,
			  const struct meterbus_timing *timing,
			  struct meterbus_error *err)
{
	return behind(link)->set_timing(behind(link), timing, err);
}

static uint64_t timed_sent(struct meterbus_link *link)
{
	return behind(link)->sent ? behind(link)->sent(behind(link)) : 0;
}

/* ------------------------------------------------------------ findings */

/*
 * Called by the master within meterbus_read(). Every finding is published, the
 * log has each kind once.
 */
static void note_finding(void *context, const struct meterbus_finding *finding)
{
	struct reader *reader = context;
	char text[HINT_TEXT];
	struct meterbus_finding complete = hint_finding(finding, text);
	struct json_object *object = meterbus_json_finding(&complete);
	uint32_t bit = 1U << (finding->kind & 15);
	uint32_t *logged = reader->current && finding->address ?
				 &reader->current->logged :
				 &reader->logged;

	if (!(*logged & bit))
		log_warning("bus %s: %s", reader->bus->name, complete.text);
	*logged |= bit;
	if (!object)
		return;
	json_object_object_add(object, "bus",
			       json_object_new_string(reader->bus->name));
	if (reader->current)
		json_object_object_add(
			object, "meter",
			json_object_new_string(reader->current->meter->name));
	events_publish(reader->events, "finding", object);
}

static bool is_ending(void *context)
{
	return atomic_load(&((struct reader *)context)->ending);
}

int reader_init_master(struct reader *reader, struct meterbus_error *err)
{
	reader->timed = (struct timed_link){
		.link = {
			.exchange = timed_exchange,
			.hold = timed_hold,
			.release = timed_release,
			.get_timing = timed_get_timing,
			.set_timing = timed_set_timing,
			.sent = timed_sent,
		},
		.reader = reader,
	};
	reader->master = meterbus_master_new(&reader->timed.link, err);
	if (!reader->master)
		return -1;
	meterbus_master_set_callbacks(reader->master, note_finding, is_ending,
				      reader);
	return 0;
}

/* -------------------------------------------------------------- budget */

/* The day of a budget, local time. */
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
			     "%s has been read %u times today, its reads-per-day; it is read again tomorrow",
			     meter->name, count);
}

/* ---------------------------------------------------------- the readout */

/* Logged when failures begin and when they end. */
static void note_outcome(struct reader *reader, const char *name,
			 const struct meterbus_error *failure)
{
	uint32_t *logged = reader->current ? &reader->current->logged : NULL;

	if (failure && logged && !(*logged & LOGGED_FAILING))
		log_warning("meter %s on bus %s: %s", name, reader->bus->name,
			    failure->text);
	else if (failure)
		log_debug("meter %s on bus %s: %s", name, reader->bus->name,
			  failure->text);
	else if (logged && *logged & LOGGED_FAILING)
		log_notice("meter %s on bus %s is read again", name,
			   reader->bus->name);
	else
		log_debug("meter %s on bus %s: read", name, reader->bus->name);
	if (logged)
		*logged = failure ? *logged | LOGGED_FAILING :
				  *logged & ~(LOGGED_FAILING | LOGGED_BUDGET);
}

static void note_refusal(struct reader *reader,
			 const struct meterbus_error *err)
{
	uint32_t *logged = reader->current ? &reader->current->logged : NULL;

	if (logged && !(*logged & LOGGED_BUDGET))
		log_notice("%s", err->text);
	if (logged)
		*logged |= LOGGED_BUDGET;
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

static int read_wire(struct reader *reader,
		    const struct meterbus_address *address,
		    const struct meterbus_quirks *quirks,
		    struct store_readout *readout, struct meterbus_error *err)
{
	int64_t begin = now_ms();
	int result;

	reader->telegrams.count = 0;
	reader->timed.first_ns = 0;
	meterbus_master_set_quirks(reader->master, quirks);
	wire_lock_take(&reader->wire, true);
	result = meterbus_read(reader->master, address, &reader->telegrams, err);
	wire_lock_release(&reader->wire);
	if (result < 0)
		hint_complete(err);
	readout->elapsed_ms = now_ms() - begin;
	readout->time_ns = reader->timed.first_ns ? reader->timed.first_ns :
						    wall_ns();
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
 * A meter read by an address that is not configured may be a configured one:
 * its answer has its other addresses.
 */
static const struct config_meter *recognise(struct reader *reader,
					    struct store_readout *readout)
{
	const struct agenda_item *item;

	if (!readout->telegram_count)
		return NULL;
	item = match_answer(&reader->agenda, readout->telegrams[0].bytes,
			    readout->telegrams[0].len);
	if (!item)
		return NULL;
	readout->meter = item->meter->name;
	readout->address = meterbus_address_format(&item->meter->address,
						   reader->address_text);
	return item->meter;
}

/* Decodes and stores it. NULL without memory. */
static struct reading *keep(struct reader *reader,
			    const struct config_meter *meter,
			    const struct store_readout *readout)
{
	struct reading *reading = reading_new(reader->config, meter, readout);

	if (!reading)
		log_error("bus %s: out of memory: a readout of %s is lost",
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
	result = read_wire(reader, address,
			  meter ? meter->quirks : known_quirks(address),
			  &readout, err);
	set_status(reader, "", result);
	if (!meter)
		meter = recognise(reader, &readout);
	readout.outcome = result < 0 ? err->kind : METERBUS_OK;
	readout.why = result < 0 ? err->text : "";
	/* Cancelled by the daemon: no failure of the meter. */
	if (result < 0 && is_ending(reader))
		return -1;
	note_outcome(reader, meter ? meter->name : text,
		     result < 0 ? err : NULL);
	*reading = keep(reader, meter, &readout);
	return result;
}
