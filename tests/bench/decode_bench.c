// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decoding a heat meter's telegram of 14 records, and writing it.
 */
#include <stdlib.h>
#include <string.h>

#include <meterbus/decode.h>
#include <meterbus/format.h>
#include <meterbus/json.h>

#include "../vectors/hyd.h"
#include "bench.h"

struct input {
	const uint8_t *bytes;
	size_t len;
	unsigned int records;	/* to be found */
	FILE *out;
};

/* Keeps the compiler from omitting unused results. */
static volatile uint64_t sink;

static void must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "decode_bench: %s\n", what);
	exit(2);
}

static void decode(void *context, unsigned long times)
{
	const struct input *input = context;

	while (times--) {
		struct meterbus_data_records records;
		struct meterbus_data_record record;
		struct meterbus_application app;
		struct meterbus_telegram telegram;
		unsigned int count = 0;

		must(!meterbus_telegram_parse(&telegram, input->bytes,
					      input->len, NULL),
		     "no telegram");
		meterbus_application_parse(&app, &telegram);
		meterbus_data_records_start(&records, &app);
		while (meterbus_data_record_next(&records, &record)) {
			sink += record.value.number.mantissa;
			count++;
		}
		must(count == input->records, "wrong number of records");
	}
}

static void json(void *context, unsigned long times)
{
	const struct input *input = context;

	while (times--) {
		struct meterbus_json *readout = meterbus_json_readout("mbus0",
								      NULL);
		char *text;

		must(!meterbus_json_add(readout, input->bytes, input->len,
					NULL), "no JSON");
		text = meterbus_json_finish(readout);
		must(text, "no JSON text");
		sink += text[0];
		free(text);
	}
}

enum format { XML, CSV, INFLUX };

static void write_as(struct input *input, unsigned long times,
		     enum format format)
{
	while (times--) {
		struct meterbus_application app;
		struct meterbus_telegram telegram;
		struct meterbus_reading reading = { &telegram, &app, NULL, 0 };

		must(!meterbus_telegram_parse(&telegram, input->bytes,
					      input->len, NULL),
		     "no telegram");
		meterbus_application_parse(&app, &telegram);
		rewind(input->out);
		if (format == XML)
			must(!meterbus_xml_write(input->out, &reading, 1,
						 METERBUS_XML_NORMALIZED,
						 NULL), "no XML");
		else if (format == CSV)
			meterbus_csv_write(input->out, &reading);
		else
			meterbus_influx_write(input->out, &reading);
	}
}

static void xml(void *context, unsigned long times)
{
	write_as(context, times, XML);
}

static void csv(void *context, unsigned long times)
{
	write_as(context, times, CSV);
}

static void influx(void *context, unsigned long times)
{
	write_as(context, times, INFLUX);
}

/* A telegram of @count records of one kind. */
static struct input many(uint8_t bytes[METERBUS_TELEGRAM_MAX],
			 unsigned int count)
{
	static const uint8_t header[12] = { 0x78, 0x56, 0x34, 0x12, 0x24, 0x23,
					    0x01, 0x04, 0xAA };
	static const uint8_t record[4] = { 0x02, 0x5A, 0x22, 0x05 };
	uint8_t data[METERBUS_USER_DATA_MAX];
	size_t len = sizeof(header);

	memcpy(data, header, sizeof(header));
	for (unsigned int i = 0; i < count; i++, len += sizeof(record))
		memcpy(data + len, record, sizeof(record));
	len = meterbus_telegram_long(bytes, METERBUS_C_RSP_UD, 1,
				     METERBUS_CI_RSP_LONG, data, len);
	return (struct input){ .bytes = bytes, .len = len, .records = count };
}

int main(void)
{
	struct input input = { hyd, sizeof(hyd), 14, NULL };
	uint8_t few_bytes[METERBUS_TELEGRAM_MAX];
	uint8_t many_bytes[METERBUS_TELEGRAM_MAX];
	struct input few = many(few_bytes, 6), most = many(many_bytes, 60);
	char *memory = NULL;
	size_t size = 0;
	bool ok;

	input.out = open_memstream(&memory, &size);
	must(input.out, "no memory");

	ok = bench_report("decode, 14 records",
			  1e-6 / bench_time(decode, &input),
			  "M telegrams/s", BENCH_AT_LEAST, 2);
	/* Ten times the records, ten times the cost; some stays. */
	ok &= bench_report("decode, cost of 60 records over 6",
			   bench_time(decode, &most) /
				   bench_time(decode, &few),
			   "times", BENCH_AT_MOST, 11);
	ok &= bench_report("JSON text, 14 records",
			   1e-3 / bench_time(json, &input), "k telegrams/s",
			   BENCH_AT_LEAST, 65);
	bench_report("XML text, 14 records", 1e-3 / bench_time(xml, &input),
		     "k telegrams/s", BENCH_AT_LEAST, 0);
	bench_report("CSV, 14 records", 1e-3 / bench_time(csv, &input),
		     "k telegrams/s", BENCH_AT_LEAST, 0);
	bench_report("InfluxDB lines, 14 records",
		     1e-3 / bench_time(influx, &input), "k telegrams/s",
		     BENCH_AT_LEAST, 0);
	fclose(input.out);
	free(memory);
	return ok ? 0 : 1;
}
