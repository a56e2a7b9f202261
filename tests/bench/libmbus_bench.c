// SPDX-License-Identifier: GPL-2.0-only
/*
 * The same telegram decoded and written by libmbus and by this library, in
 * turns, so that both have the same share of a busy machine. Built if
 * MBUS_LIBMBUS is a folder with the sources of libmbus.
 */
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mbus/mbus-protocol-aux.h>
#include <mbus/mbus-protocol.h>

#include <meterbus/decode.h>
#include <meterbus/format.h>
#include <meterbus/json.h>

#include "../vectors/hyd.h"
#include "bench.h"

#define TURNS	15
#define LINES	100000

extern char **environ;

static volatile uint64_t sink;

static void must(bool condition, const char *what)
{
	if (condition)
		return;
	fprintf(stderr, "libmbus_bench: %s\n", what);
	exit(2);
}

/* --------------------------------------------------------------- libmbus */

enum their_output { THEIR_RECORDS, THEIR_XML, THEIR_NORMALIZED };

static char *theirs(unsigned char *bytes, size_t len, enum their_output output)
{
	mbus_frame_data data = { 0 };
	mbus_frame frame = { 0 };
	char *text = NULL;

	must(!mbus_parse(&frame, bytes, len) &&
	     !mbus_frame_data_parse(&frame, &data), "libmbus: no telegram");
	if (output == THEIR_XML)
		text = mbus_frame_data_xml(&data);
	else if (output == THEIR_NORMALIZED)
		text = mbus_frame_data_xml_normalized(&data);
	must(output == THEIR_RECORDS || text, "libmbus: no XML");
	mbus_data_record_free(data.data_var.record);
	return text;
}

static void their_text(unsigned long times, enum their_output output)
{
	unsigned char bytes[sizeof(hyd)];

	memcpy(bytes, hyd, sizeof(hyd));
	while (times--) {
		char *text = theirs(bytes, sizeof(hyd), output);

		sink += text[0];
		free(text);
	}
}

static void their_xml(void *context, unsigned long times)
{
	(void)context;
	their_text(times, THEIR_XML);
}

static void their_normalized(void *context, unsigned long times)
{
	(void)context;
	their_text(times, THEIR_NORMALIZED);
}

static void their_records(void *context, unsigned long times)
{
	unsigned char bytes[sizeof(hyd)];

	(void)context;
	memcpy(bytes, hyd, sizeof(hyd));
	/* Values are decoded when they are written: here by hand. */
	while (times--) {
		mbus_frame_data data = { 0 };
		mbus_frame frame = { 0 };

		must(!mbus_parse(&frame, bytes, sizeof(bytes)) &&
		     !mbus_frame_data_parse(&frame, &data),
		     "libmbus: no telegram");
		for (mbus_data_record *record = data.data_var.record; record;
		     record = record->next) {
			mbus_record *decoded =
				mbus_parse_variable_record(record);

			sink += decoded != NULL;
			mbus_record_free(decoded);
		}
		mbus_data_record_free(data.data_var.record);
	}
}

/* As its tools do: a line of hex in, XML out. */
static double their_lines(const char *path)
{
	FILE *in = fopen(path, "r"), *out = fopen("/dev/null", "w");
	double start = bench_cpu_seconds();
	unsigned char bytes[512];
	char line[1024];

	must(in && out, "cannot open the lines");
	while (fgets(line, sizeof(line), in)) {
		size_t len = mbus_hex2bin(bytes, sizeof(bytes),
					  (unsigned char *)line, strlen(line));
		char *text = theirs(bytes, len, THEIR_XML);

		fputs(text, out);
		free(text);
	}
	fclose(in);
	fclose(out);
	return bench_cpu_seconds() - start;
}

/* ------------------------------------------------------------------ ours */

static void our_records(void *context, unsigned long times)
{
	(void)context;
	while (times--) {
		struct meterbus_data_records records;
		struct meterbus_data_record record;
		struct meterbus_application app;
		struct meterbus_telegram telegram;

		must(!meterbus_telegram_parse(&telegram, hyd, sizeof(hyd),
					      NULL), "no telegram");
		meterbus_application_parse(&app, &telegram);
		meterbus_data_records_start(&records, &app);
		while (meterbus_data_record_next(&records, &record))
			sink += record.value.number.mantissa;
	}
}

static void our_json(void *context, unsigned long times)
{
	(void)context;
	while (times--) {
		char *text = meterbus_json_decode(hyd, sizeof(hyd), NULL);

		must(text, "no JSON");
		sink += text[0];
		free(text);
	}
}

static void our_normalized(void *context, unsigned long times)
{
	FILE *out = context;

	while (times--) {
		struct meterbus_application app;
		struct meterbus_telegram telegram;
		struct meterbus_reading reading = { &telegram, &app, NULL, 0 };

		must(!meterbus_telegram_parse(&telegram, hyd, sizeof(hyd),
					      NULL), "no telegram");
		meterbus_application_parse(&app, &telegram);
		rewind(out);
		must(!meterbus_xml_write(out, &reading, 1,
					 METERBUS_XML_NORMALIZED, NULL),
		     "no XML");
	}
}

static double our_lines(const char *path)
{
	const char *build = getenv("BUILD");
	char program[4096];
	char *argv[] = { program, "decode", "--json", (char *)path, NULL };
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	int status;
	pid_t pid;

	snprintf(program, sizeof(program), "%s/mbusctl",
		 build ? build : "../../build");
	must(!posix_spawn_file_actions_init(&actions) &&
	     !posix_spawn_file_actions_addopen(&actions, 1, "/dev/null",
					       O_WRONLY, 0) &&
	     !posix_spawn(&pid, program, &actions, NULL, argv, environ),
	     "mbusctl does not start");
	posix_spawn_file_actions_destroy(&actions);
	must(wait4(pid, &status, 0, &usage) == pid && status == 0,
	     "mbusctl decode failed");
	return usage.ru_utime.tv_sec + usage.ru_stime.tv_sec +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

/* ------------------------------------------------------------ comparison */

/* How many times as long @theirs takes as @ours: each one's best turn. */
static double times_faster(void (*theirs_run)(void *, unsigned long),
			   void (*ours)(void *, unsigned long), void *context)
{
	double best[2] = { 1e9, 1e9 };

	for (int turn = 0; turn < TURNS; turn++) {
		for (int i = 0; i < 2; i++) {
			double start = bench_cpu_seconds(), took;

			(i ? ours : theirs_run)(context, 3000);
			took = bench_cpu_seconds() - start;
			if (took < best[i])
				best[i] = took;
		}
	}
	return best[0] / best[1];
}

static double lines_share(void)
{
	char path[] = "/tmp/libmbus_bench.XXXXXX";
	double best[2] = { 1e9, 1e9 }, took;
	int fd = mkstemp(path);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

	must(out, "no temporary file");
	for (int line = 0; line < LINES; line++) {
		for (size_t i = 0; i < sizeof(hyd); i++)
			fprintf(out, "%02X ", hyd[i]);
		putc('\n', out);
	}
	fclose(out);
	for (int turn = 0; turn < 4; turn++) {
		took = their_lines(path);
		best[0] = took < best[0] ? took : best[0];
		took = our_lines(path);
		best[1] = took < best[1] ? took : best[1];
	}
	unlink(path);
	return best[1] / best[0];
}

int main(void)
{
	FILE *out = fopen("/dev/null", "w");
	bool ok;

	must(out, "no /dev/null");
	ok = bench_report("records, times libmbus",
			  times_faster(their_records, our_records, NULL),
			  "times faster", BENCH_AT_LEAST, 6);
	ok &= bench_report("JSON text, times libmbus' XML",
			   times_faster(their_xml, our_json, NULL),
			   "times faster", BENCH_AT_LEAST, 6);
	ok &= bench_report("XML normalized, times libmbus",
			   times_faster(their_normalized, our_normalized, out),
			   "times faster", BENCH_AT_LEAST, 1.5);
	ok &= bench_report("decode --json over libmbus' XML",
			   lines_share(), "of its time", BENCH_AT_MOST, 0.6);
	fclose(out);
	return ok ? 0 : 1;
}
