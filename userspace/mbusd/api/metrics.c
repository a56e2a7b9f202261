// SPDX-License-Identifier: GPL-2.0-or-later
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/decode.h>
#include <meterbus/link.h>

#include "api/metrics.h"
#include "base/text_stream.h"
#include "common/clock.h"
#include "store/reading.h"

#define OUTCOMES_MAX	8
#define WORDS_SIZE	1024

/* ---------------------------------------------------------------- lines */

static void head(FILE *out, const char *name, const char *type,
		 const char *help)
{
	fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* Escapes backslash, quote and line end. */
static void put_label(FILE *out, const char *separator, const char *name,
		      const char *value)
{
	fprintf(out, "%s%s=\"", separator, name);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", out);
		else if (*value == '\\' || *value == '"')
			fprintf(out, "\\%c", *value);
		else
			putc(*value, out);
	}
	putc('"', out);
}

/* ---------------------------------------------------------------- buses */

static void bus_line(FILE *out, const struct metrics *metrics,
		     const struct metrics_bus *bus, const char *name)
{
	fputs(name, out);
	put_label(out, "{", "site", metrics->config->site);
	put_label(out, ",", "bus", bus->reader.bus);
}

static void write_up(FILE *out, const struct metrics *metrics)
{
	head(out, "mbusd_bus_up", "gauge",
	     "Whether the bus is attached; 0 while its adapter or gateway is not there.");
	for (size_t i = 0; i < metrics->bus_count; i++) {
		const struct metrics_bus *bus = &metrics->buses[i];

		bus_line(out, metrics, bus, "mbusd_bus_up");
		put_label(out, ",", "device", bus->reader.device);
		put_label(out, ",", "tty", bus->reader.tty);
		fprintf(out, "} %d\n", bus->reader.state != READER_WAITING);
	}
}

static void write_bus_numbers(FILE *out, const struct metrics *metrics,
			      const char *name, const char *type,
			      const char *help,
			      uint64_t (*number)(const struct metrics_bus *bus),
			      bool of_driver)
{
	head(out, name, type, help);
	for (size_t i = 0; i < metrics->bus_count; i++) {
		const struct metrics_bus *bus = &metrics->buses[i];

		if (of_driver && !bus->has_driver)
			continue;
		bus_line(out, metrics, bus, name);
		fprintf(out, "} %" PRIu64 "\n", number(bus));
	}
}

static uint64_t reads(const struct metrics_bus *bus)
{
	return bus->reader.reads;
}

static uint64_t failures(const struct metrics_bus *bus)
{
	return bus->reader.failures;
}

static uint64_t next_read(const struct metrics_bus *bus)
{
	return (uint64_t)bus->reader.next;
}

static uint64_t frames_sent(const struct metrics_bus *bus)
{
	return bus->driver.info.frames_sent;
}

static uint64_t frames_received(const struct metrics_bus *bus)
{
	return bus->driver.info.frames_received;
}

static uint64_t late(const struct metrics_bus *bus)
{
	return bus->driver.info.late;
}

static void write_outcomes(FILE *out, const struct metrics *metrics)
{
	head(out, "mbusd_bus_transactions_total", "counter",
	     "Outcomes of transactions of all programs since the bus was attached.");
	for (size_t i = 0; i < metrics->bus_count; i++) {
		const struct metrics_bus *bus = &metrics->buses[i];

		for (unsigned int outcome = METERBUS_OUTCOME_ACK;
		     bus->has_driver && outcome < OUTCOMES_MAX; outcome++) {
			bus_line(out, metrics, bus,
				 "mbusd_bus_transactions_total");
			put_label(out, ",", "outcome",
				  meterbus_outcome_name(outcome));
			fprintf(out, "} %" PRIu64 "\n",
				bus->driver.info.outcomes[outcome]);
		}
	}
}

/* Exact: microseconds have six digits. */
static void write_delay(FILE *out, const struct metrics *metrics)
{
	head(out, "mbusd_bus_response_delay_mean_seconds", "gauge",
	     "Mean time from the end of a request to the first byte of the answer.");
	for (size_t i = 0; i < metrics->bus_count; i++) {
		const struct metrics_bus *bus = &metrics->buses[i];
		uint32_t us = bus->driver.info.delay_mean_us;

		if (!bus->has_driver || !us)
			continue;
		bus_line(out, metrics, bus,
			 "mbusd_bus_response_delay_mean_seconds");
		fprintf(out, "} %" PRIu32 ".%06" PRIu32 "\n", us / 1000000,
			us % 1000000);
	}
}

static void write_buses(FILE *out, const struct metrics *metrics)
{
	write_up(out, metrics);
	write_bus_numbers(out, metrics, "mbusd_bus_reads_total", "counter",
			  "Attempts to read a meter.", reads, false);
	write_bus_numbers(out, metrics, "mbusd_bus_read_failures_total",
			  "counter", "Attempts to read a meter that failed.",
			  failures, false);
	write_bus_numbers(out, metrics, "mbusd_bus_next_read_time_seconds",
			  "gauge", "When a meter is due next; 0 if none is.",
			  next_read, false);
	write_outcomes(out, metrics);
	write_bus_numbers(out, metrics, "mbusd_bus_frames_sent_total",
			  "counter", "Frames sent, repeats included.",
			  frames_sent, true);
	write_bus_numbers(out, metrics, "mbusd_bus_frames_received_total",
			  "counter", "Valid frames received, E5 included.",
			  frames_received, true);
	write_bus_numbers(out, metrics, "mbusd_bus_late_answers_total",
			  "counter", "Answers that came after their window.",
			  late, true);
	write_delay(out, metrics);
}

/* ---------------------------------------------------------------- store */

static void write_store(FILE *out, const struct metrics *metrics)
{
	const struct recorder_status *store = &metrics->store;
	const struct {
		const char *name, *type, *help;
		int64_t number;
	} rows[] = {
		{ "mbusd_store_up", "gauge",
		  "1 while the store takes readouts.", !store->problem[0] },
		{ "mbusd_store_stored_total", "counter",
		  "Readouts written to the store.", (int64_t)store->stored },
		{ "mbusd_store_commits_total", "counter",
		  "Transactions that wrote them.", (int64_t)store->commits },
		{ "mbusd_store_waiting", "gauge",
		  "Readouts in memory that wait for the store.",
		  (int64_t)store->waiting },
		{ "mbusd_store_lost_total", "counter",
		  "Readouts dropped because the store failed for too long.",
		  (int64_t)store->lost },
		{ "mbusd_store_oldest_waiting_seconds", "gauge",
		  "Time of the oldest readout that waits; 0 if none does.",
		  store->oldest_ns / NS_PER_S },
		{ "mbusd_store_bytes", "gauge", "Size of the store's files.",
		  (int64_t)store->bytes },
		{ "mbusd_store_free_bytes", "gauge",
		  "Free space on the store's disk.",
		  (int64_t)store->free_bytes },
		{ "mbusd_store_growth_bytes_per_day", "gauge",
		  "Growth of the store within a day.",
		  store->growth },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		head(out, rows[i].name, rows[i].type, rows[i].help);
		fputs(rows[i].name, out);
		put_label(out, "{", "site", metrics->config->site);
		fprintf(out, "} %" PRId64 "\n", rows[i].number);
	}
}

/* -------------------------------------------------------------- outputs */

static void write_output_numbers(FILE *out, const struct metrics *metrics,
				 const char *name, const char *type,
				 const char *help,
				 uint64_t (*number)(const struct output_status *))
{
	head(out, name, type, help);
	for (size_t i = 0; i < metrics->output_count; i++) {
		fputs(name, out);
		put_label(out, "{", "site", metrics->config->site);
		put_label(out, ",", "output", metrics->outputs[i].name);
		put_label(out, ",", "kind", metrics->outputs[i].kind);
		fprintf(out, "} %" PRIu64 "\n", number(&metrics->outputs[i]));
	}
}

static uint64_t output_up(const struct output_status *status)
{
	return status->connected;
}

static uint64_t output_delivered(const struct output_status *status)
{
	return status->delivered;
}

static uint64_t output_failures(const struct output_status *status)
{
	return status->failures;
}

static uint64_t output_backlog(const struct output_status *status)
{
	return status->backlog;
}

static uint64_t output_parked(const struct output_status *status)
{
	return status->parked;
}

static void write_outputs(FILE *out, const struct metrics *metrics)
{
	write_output_numbers(out, metrics, "mbusd_output_up", "gauge",
			     "Whether the last attempt to deliver succeeded.",
			     output_up);
	write_output_numbers(out, metrics, "mbusd_output_delivered_total",
			     "counter", "Readouts delivered.",
			     output_delivered);
	write_output_numbers(out, metrics, "mbusd_output_failures_total",
			     "counter", "Attempts to deliver that failed.",
			     output_failures);
	write_output_numbers(out, metrics, "mbusd_output_backlog", "gauge",
			     "Readouts that wait to be delivered.",
			     output_backlog);
	write_output_numbers(out, metrics, "mbusd_output_parked", "gauge",
			     "Readouts that the receiver has refused.",
			     output_parked);
}

/* --------------------------------------------------------------- meters */

/*
 * Samples of a metric must be adjacent, so the two metrics of a readout are
 * collected separately and joined at the end.
 */
struct gathering {
	const struct metrics *metrics;
	FILE *times;
	FILE *values;
	/* Of a readout; they make its label sets unique. */
	struct meterbus_names names;
};

static void put_modifiers(FILE *out, const struct meterbus_data_record *record)
{
	char words[WORDS_SIZE] = "";
	size_t len = 0;

	for (unsigned int i = 0; i < record->modifier_count; i++)
		len += (size_t)snprintf(words + len, sizeof(words) - len,
					"%s%s", len ? "; " : "",
					record->modifiers[i]);
	for (size_t i = 0; i < record->manufacturer_vife_len; i++)
		len += (size_t)snprintf(words + len, sizeof(words) - len,
					"%smanufacturer code %02X",
					len ? "; " : "",
					record->manufacturer_vife[i] & 0x7F);
	put_label(out, ",", "modifiers", words);
}

static void put_record(FILE *out, const struct meterbus_data_record *record,
		       const char *name)
{
	char unit[METERBUS_UNIT_TEXT];
	char number[16];

	put_label(out, ",", "quantity", record->quantity);
	put_label(out, ",", "unit", meterbus_unit_format(record, unit));
	put_label(out, ",", "function",
		  meterbus_function_name(record->function));
	snprintf(number, sizeof(number), "%" PRIu32, record->tariff);
	put_label(out, ",", "tariff", number);
	snprintf(number, sizeof(number), "%u", record->subunit);
	put_label(out, ",", "subunit", number);
	put_modifiers(out, record);
	put_label(out, ",", "name", name);
}

static void write_value(struct gathering *gathering, const char *meter,
			const struct meterbus_data_record *record,
			const char *name)
{
	char number[METERBUS_DECIMAL_TEXT];

	fputs("mbus_value", gathering->values);
	put_label(gathering->values, "{", "site",
		  gathering->metrics->config->site);
	put_label(gathering->values, ",", "meter", meter);
	put_record(gathering->values, record, name);
	meterbus_decimal_format(&record->value.number, number);
	fprintf(gathering->values, "} %s\n", number);
}

/* Current numbers: the format has no historical values. */
static void write_telegram(struct gathering *gathering, const char *meter,
			   const struct meterbus_application *app)
{
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	char name[METERBUS_NAME_SIZE];

	if (app->from_master)
		return;
	meterbus_data_records_start(&records, app);
	while (meterbus_data_record_next(&records, &record)) {
		meterbus_name(&gathering->names, &record, name);
		if (!record.error && !record.storage &&
		    record.value.type == METERBUS_VALUE_NUMBER)
			write_value(gathering, meter, &record, name);
	}
}

static bool write_readout(void *context, const struct store_readout *readout)
{
	struct gathering *gathering = context;
	const struct config_meter *meter;
	struct reading *reading;

	meter = config_find_meter(gathering->metrics->config, readout->meter);
	/* It is no longer configured. */
	if (!meter)
		return true;
	fputs("mbus_meter_read_time_seconds", gathering->times);
	put_label(gathering->times, "{", "site",
		  gathering->metrics->config->site);
	put_label(gathering->times, ",", "meter", readout->meter);
	fprintf(gathering->times, "} %" PRId64 ".%03d\n",
		readout->time_ns / 1000000000,
		(int)(readout->time_ns / 1000000 % 1000));
	memset(&gathering->names, 0, sizeof(gathering->names));
	reading = reading_new(gathering->metrics->config, meter, readout);
	for (size_t i = 0; reading && i < reading->count; i++)
		write_telegram(gathering, readout->meter,
			       reading->telegrams[i].app);
	reading_put(reading);
	return true;
}

/* Letters, digits and _ only. */
static void label_name(char out[CONFIG_NAME_MAX + sizeof("label_")],
		       const char *name)
{
	char *at = stpcpy(out, "label_");

	for (; *name && at - out < CONFIG_NAME_MAX + 6; name++)
		*at++ = isalnum((unsigned char)*name) ? *name : '_';
	*at = '\0';
}

/* Prometheus rejects everything if a label name occurs twice. */
static bool is_first(const struct config_meter *meter, size_t index)
{
	char name[CONFIG_NAME_MAX + sizeof("label_")];
	char other[CONFIG_NAME_MAX + sizeof("label_")];

	label_name(name, meter->labels[index].name);
	for (size_t i = 0; i < index; i++) {
		label_name(other, meter->labels[i].name);
		if (!strcmp(name, other))
			return false;
	}
	return true;
}

static void write_info(FILE *out, const struct metrics *metrics)
{
	char name[CONFIG_NAME_MAX + sizeof("label_")];
	char address[METERBUS_ADDRESS_TEXT];

	head(out, "mbus_meter_info", "gauge",
	     "A configured meter with its labels; always 1.");
	for (size_t i = 0; i < metrics->config->meter_count; i++) {
		const struct config_meter *meter = metrics->config->meters[i];

		fputs("mbus_meter_info", out);
		put_label(out, "{", "site", metrics->config->site);
		put_label(out, ",", "meter", meter->name);
		put_label(out, ",", "bus", meter->bus->name);
		put_label(out, ",", "address",
			  meterbus_address_format(&meter->address, address));
		for (size_t j = 0; j < meter->label_count; j++) {
			if (!is_first(meter, j))
				continue;
			label_name(name, meter->labels[j].name);
			put_label(out, ",", name, meter->labels[j].value);
		}
		fputs("} 1\n", out);
	}
}

/* Appends @stream to @out. Returns 0, or -1 without memory. */
static int join(FILE *out, FILE *stream, char **text)
{
	int ret = fclose(stream) == 0 ? 0 : -1;

	if (ret == 0)
		fputs(*text, out);
	free(*text);
	return ret;
}

static int write_meters(FILE *out, const struct metrics *metrics,
			struct store *store, struct meterbus_error *err)
{
	struct gathering *gathering = calloc(1, sizeof(*gathering));
	char *times = NULL, *values = NULL;
	size_t times_len, values_len;
	int ret = -1;

	if (!gathering)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	gathering->metrics = metrics;
	gathering->times = text_stream_open(&times, &times_len);
	gathering->values = text_stream_open(&values, &values_len);
	if (!gathering->times || !gathering->values)
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	else
		ret = store_latest(store, "", write_readout, gathering, err);
	head(out, "mbus_meter_read_time_seconds", "gauge",
	     "When the meter was read successfully for the last time.");
	if (gathering->times && join(out, gathering->times, &times) < 0)
		ret = meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	head(out, "mbus_value", "gauge",
	     "The present values of the last successful readout, as the meter sent them.");
	if (gathering->values && join(out, gathering->values, &values) < 0)
		ret = meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	free(gathering);
	return ret;
}

/* ----------------------------------------------------------------- all */

int metrics_write(FILE *out, const struct metrics *metrics,
		  struct store *store, struct meterbus_error *err)
{
	head(out, "mbusd_start_time_seconds", "gauge",
	     "When the daemon began.");
	fputs("mbusd_start_time_seconds", out);
	put_label(out, "{", "site", metrics->config->site);
	fprintf(out, "} %lld\n", (long long)metrics->started);
	write_buses(out, metrics);
	write_store(out, metrics);
	write_outputs(out, metrics);
	write_info(out, metrics);
	return write_meters(out, metrics, store, err);
}

static void get_status(void *context, struct reader *reader)
{
	struct metrics_bus *bus = context;
	unsigned int number;

	reader_status(reader, &bus->reader);
	bus->has_driver = sscanf(bus->reader.device, "mbus%u", &number) == 1 &&
			  meterbus_status_get(number, &bus->driver, NULL) == 0;
}

static char *make_text(const struct metrics *metrics, size_t *len,
		       struct meterbus_error *err)
{
	struct store *store;
	char *text = NULL;
	FILE *out;
	int ret;

	if (store_open(&store, metrics->config->store, STORE_READ, err) < 0)
		return NULL;
	out = text_stream_open(&text, len);
	ret = out ? metrics_write(out, metrics, store, err) :
		    meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	if (out && fclose(out) != 0)
		ret = meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	store_close(store);
	if (ret == 0)
		return text;
	free(text);
	return NULL;
}

char *metrics_text(struct service *service, size_t *len,
		   struct meterbus_error *err)
{
	struct config *config = service_config(service);
	struct metrics_bus *buses = calloc(config->bus_count + 1,
					   sizeof(*buses));
	struct output_status *outputs = calloc(config->output_count + 1,
					       sizeof(*outputs));
	struct metrics metrics = {
		.config = config,
		.started = service_started(service),
		.buses = buses,
		.outputs = outputs,
	};
	char *text = NULL;

	recorder_status(service_recorder(service), &metrics.store);
	if (buses && outputs) {
		for (size_t i = 0; i < config->bus_count; i++)
			metrics.bus_count += service_use_reader(
				service, config->buses[i]->name, get_status,
				&buses[metrics.bus_count]);
		metrics.output_count = outbox_status(service_outbox(service),
						     outputs,
						     config->output_count);
		/* A reload may have added some meanwhile. */
		if (metrics.output_count > config->output_count)
			metrics.output_count = config->output_count;
		text = make_text(&metrics, len, err);
	} else {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	}
	free(buses);
	free(outputs);
	config_put(config);
	return text;
}
