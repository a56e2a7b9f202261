// SPDX-License-Identifier: GPL-2.0-only
/*
 * outbox_run CONF
 *
 * The outputs of a configuration without the rest of mbusd, so that tests of
 * them need no bus. Commands come on stdin, a line each, words apart by tabs; the
 * answer is a line on stdout:
 *
 *	add N METER...		N readouts, of the meters in turn: the k-th ever
 *				has a volume of k litres and a time of k seconds
 *				after 2026-01-01
 *	telegrams METER HEX...	one readout of these telegrams
 *	fail METER WHY		a readout that failed: silence
 *	start, stop, reload	the outbox
 *	wait			until everything is delivered
 *	stuck [WORD]		until an output does not get on, for a reason with
 *				that word; says why
 *	metrics FILE		what Prometheus would get, with two buses
 *	status			NAME KIND CONNECTED DELIVERED FAILURES BACKLOG
 *				PROBLEM of each output
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <json-c/json.h>

#include <meterbus/telegram.h>

#include "../../userspace/mbusd/base/limits.h"
#include "../../userspace/mbusd/store/parked.h"
#include "../../userspace/mbusd/base/log.h"
#include "../../userspace/mbusd/api/metrics.h"
#include "../../userspace/mbusd/base/events.h"
#include "../../userspace/mbusd/output/outbox.h"
#include "../../userspace/mbusd/output/output.h"
#include "../../userspace/mbusd/store/store.h"

#define WORDS_MAX	64
#define OUTPUTS_MAX	16
#define START_NS	1767225600000000000
#define NS_PER_S	1000000000

static struct {
	struct config *config;
	struct events *events;
	struct recent *recent;
	struct store *store;
	struct outbox *outbox;
	unsigned int count;	/* of readouts */
} self;

static void die(const char *what)
{
	fprintf(stderr, "outbox_run: %s\n", what);
	exit(1);
}

static void on_fault(void *context, bool warning, const char *file, int line,
		     const char *text)
{
	(void)context;
	(void)warning;
	fprintf(stderr, "%s:%d: %s\n", file, line, text);
}

static void load(void)
{
	struct config *config = config_load(self.config->path, output_kinds,
					    on_fault, NULL);

	if (!config)
		die("bad configuration");
	config_put(self.config);
	self.config = config;
}

/* A heat meter, HYD 12345678, with a volume in litres. */
static size_t make_telegram(uint8_t out[METERBUS_TELEGRAM_MAX],
			    unsigned int volume)
{
	uint8_t data[] = { 0x78, 0x56, 0x34, 0x12, 0x24, 0x23, 0x28, 0x04,
			   0x01, 0x00, 0x00, 0x00,
			   0x0C, 0x13, 0, 0, 0, 0,		/* volume */
			   0x0A, 0x5A, 0x65, 0x04,		/* 46.5 degC */
			   0x0A, 0x5E, 0x21, 0x03,		/* 32.1 degC */
			   0x0C, 0x05, 0x00, 0x31, 0x84, 0x74 }; /* energy */

	for (int i = 0; i < 4; i++, volume /= 100)
		data[14 + i] = (uint8_t)(volume / 10 % 10 << 4 | volume % 10);
	return meterbus_telegram_long(out, METERBUS_C_RSP_UD, 1,
				      METERBUS_CI_RSP_LONG, data, sizeof(data));
}

static void add(struct store_readout *readout, const char *meter)
{
	struct json_object *event = json_object_new_object();
	struct meterbus_error err;

	readout->meter = meter;
	readout->bus = "cellar";
	readout->address = "1234567824232804";
	readout->time_ns = START_NS + (int64_t)++self.count * NS_PER_S;
	if (store_add(self.store, readout, &err) < 0)
		die(err.text);
	json_object_object_add(event, "id", json_object_new_int64(readout->id));
	events_publish(self.events, "readout", event);
}

static void add_many(char **words, unsigned int count)
{
	unsigned int number = (unsigned int)strtoul(words[1], NULL, 10);
	uint8_t telegram[METERBUS_TELEGRAM_MAX];

	for (unsigned int i = 0; i < number; i++) {
		struct store_readout readout = { .why = "",
						 .telegram_count = 1 };

		readout.telegrams[0].bytes = telegram;
		readout.telegrams[0].len = make_telegram(telegram,
							 self.count + 1);
		add(&readout, words[2 + i % (count - 2)]);
	}
	puts("ok");
}

static void add_telegrams(char **words, unsigned int count)
{
	uint8_t bytes[METERBUS_READOUT_MAX][METERBUS_TELEGRAM_MAX];
	struct store_readout readout = { .why = "" };

	for (unsigned int i = 2; i < count; i++) {
		size_t len = 0;

		for (char *hex = words[i]; hex[0] && hex[1]; hex += 2)
			sscanf(hex, "%2hhx", &bytes[i - 2][len++]);
		readout.telegrams[i - 2].bytes = bytes[i - 2];
		readout.telegrams[i - 2].len = len;
	}
	readout.telegram_count = count - 2;
	add(&readout, words[1]);
	puts("ok");
}

static void add_failure(char **words)
{
	struct store_readout readout = { .outcome = METERBUS_E_SILENCE,
					 .why = words[2] };

	add(&readout, words[1]);
	puts("ok");
}

static void start(void)
{
	struct meterbus_error err;

	self.outbox = outbox_start(self.config, self.events, self.recent,
				   NULL, &err);
	if (!self.outbox)
		die(err.text);
	puts("ok");
}

static void stop(void)
{
	outbox_stop(self.outbox);
	self.outbox = NULL;
	puts("ok");
}

static void reload(void)
{
	struct meterbus_error err;

	load();
	if (outbox_reload(self.outbox, self.config, &err) < 0)
		die(err.text);
	puts("ok");
}

static void print_status(void)
{
	struct output_status status[OUTPUTS_MAX];
	size_t count = outbox_status(self.outbox, status, OUTPUTS_MAX);

	for (size_t i = 0; i < count; i++)
		printf("%s%s %s %s %lu %lu %lu %s", i ? "; " : "",
		       status[i].name, status[i].kind,
		       status[i].connected ? "connected" : "-",
		       status[i].delivered, status[i].failures,
		       (unsigned long)status[i].backlog,
		       status[i].problem[0] ? status[i].problem : "-");
	putchar('\n');
}

static void write_metrics(const char *path)
{
	static const struct metrics_bus buses[] = {
		{ .reader = { READER_IDLE, "cellar", "mbus0", "ttyACM2", "", "",
			      1767229200, 42, 2 },
		  .has_driver = true,
		  .driver.info = { .frames_sent = 90, .frames_received = 80,
				   .delay_mean_us = 41234,
				   .outcomes = { 0, 40, 38, 2 } } },
		{ .reader = { READER_WAITING, "at\\tic\"\n", "", "", "",
			      "no such tty", 0, 0, 0 } },
	};
	struct output_status outputs[OUTPUTS_MAX];
	struct metrics metrics = {
		.config = self.config, .started = 1767225600,
		.buses = buses, .bus_count = 2, .outputs = outputs,
	};
	struct meterbus_error err;
	FILE *out = fopen(path, "w");

	metrics.output_count = outbox_status(self.outbox, outputs, OUTPUTS_MAX);
	if (!out || metrics_write(out, &metrics, self.store, &err) < 0)
		die("no metrics");
	fclose(out);
	puts("ok");
}

/* "ID METER TRIES WHY; ..." */
static bool print_parked(void *context, const struct store_parked *parked)
{
	unsigned int *count = context;

	printf("%s%lld %s %u %s", (*count)++ ? "; " : "",
	       (long long)parked->readout, parked->meter, parked->attempts.count,
	       parked->why);
	return true;
}

static void list_parked(const char *output)
{
	struct meterbus_error err;
	unsigned int count = 0;

	if (store_list_parked(self.store, output, 0, print_parked, &count,
			      &err) < 0)
		die(err.text);
	puts(count ? "" : "-");
}

static void send_parked(const char *output, const char *readout)
{
	struct meterbus_error err;
	unsigned int count;

	if (outbox_send_again(self.outbox, output, atoll(readout), &count,
			      &err) < 0)
		die(err.text);
	printf("%u\n", count);
}

/* Deletes all readouts that outputs do not keep. */
static void expire(const char *output)
{
	struct meterbus_error err;
	bool more;

	if (store_expire(self.store, INT64_MAX, &output, 1, &more, &err) < 0)
		die(err.text);
	puts("ok");
}

static uint64_t parked_wanted;

static bool is_parked(void)
{
	struct output_status status[OUTPUTS_MAX];
	size_t count = outbox_status(self.outbox, status, OUTPUTS_MAX);
	uint64_t parked = 0;

	for (size_t i = 0; i < count; i++)
		parked += status[i].parked;
	return parked == parked_wanted;
}

static bool is_delivered(void)
{
	struct output_status status[OUTPUTS_MAX];
	size_t count = outbox_status(self.outbox, status, OUTPUTS_MAX);

	for (size_t i = 0; i < count; i++)
		if (status[i].backlog || !status[i].connected)
			return false;
	return true;
}

static const char *stuck_for = "";

static bool is_stuck(void)
{
	struct output_status status[OUTPUTS_MAX];
	size_t count = outbox_status(self.outbox, status, OUTPUTS_MAX);

	for (size_t i = 0; i < count; i++)
		if (status[i].problem[0] &&
		    strstr(status[i].problem, stuck_for))
			return true;
	return false;
}

/* Polls the status, as there is no event for it. */
static void wait_until(bool (*check)(void))
{
	const struct timespec moment = { .tv_nsec = 20000000 };

	while (!check())
		nanosleep(&moment, NULL);
}

static void run(char **words, unsigned int count)
{
	if (!strcmp(words[0], "add") && count > 2)
		add_many(words, count);
	else if (!strcmp(words[0], "telegrams") && count > 2)
		add_telegrams(words, count);
	else if (!strcmp(words[0], "fail") && count == 3)
		add_failure(words);
	else if (!strcmp(words[0], "start"))
		start();
	else if (!strcmp(words[0], "stop"))
		stop();
	else if (!strcmp(words[0], "reload"))
		reload();
	else if (!strcmp(words[0], "status"))
		print_status();
	else if (!strcmp(words[0], "metrics") && count == 2)
		write_metrics(words[1]);
	else if (!strcmp(words[0], "parked") && count == 2)
		list_parked(words[1]);
	else if (!strcmp(words[0], "send") && count == 3)
		send_parked(words[1], words[2]);
	else if (!strcmp(words[0], "expire") && count == 2)
		expire(words[1]);
	else if (!strcmp(words[0], "await-parked") && count == 2)
		parked_wanted = strtoul(words[1], NULL, 10),
		wait_until(is_parked), puts("ok");
	else if (!strcmp(words[0], "wait"))
		wait_until(is_delivered), puts("ok");
	else if (!strcmp(words[0], "stuck"))
		stuck_for = count > 1 ? words[1] : "",
		wait_until(is_stuck), print_status();
	else
		die(words[0]);
}

int main(int argc, char **argv)
{
	char *words[WORDS_MAX], *line = NULL;
	struct meterbus_error err;
	size_t size = 0;
	ssize_t len;

	/* As mbusd does. */
	limits_raise();
	signal(SIGPIPE, SIG_IGN);
	if (argc != 2)
		die("usage: outbox_run CONF");
	self.config = config_load(argv[1], output_kinds, on_fault,
					  NULL);
	self.events = events_new();
	self.recent = recent_new();
	if (!self.config || !self.events)
		die("cannot start");
	if (store_open(&self.store, self.config->store, STORE_WRITE, &err) < 0)
		die(err.text);
	setvbuf(stdout, NULL, _IOLBF, 0);
	while ((len = getline(&line, &size, stdin)) > 0) {
		unsigned int count = 0;
		char *rest = line;

		line[len - 1] = '\0';
		while (count < WORDS_MAX && rest)
			words[count++] = strsep(&rest, "\t");
		run(words, count);
	}
	free(line);
	if (self.outbox)
		outbox_stop(self.outbox);
	store_close(self.store);
	events_free(self.events);
	config_put(self.config);
	return 0;
}
