// SPDX-License-Identifier: GPL-2.0-only
/*
 * The API of mbusd over buses that are not there, for api.t and its like: with
 * the real configuration, store and events, but readers that do as their meters
 * are named.
 *
 *	api_server CONFIG [LIMIT=NUMBER...]
 *
 * What happens comes from stdin, one command a line, each answered with "ok"
 * or why not:
 *
 *	add METER TIME HEX...	a readout, TIME in seconds since 1970
 *	fail METER TIME WHY...	one without an answer
 *	fill METER TIME COUNT	that many readouts, a second apart
 *	publish EVENT JSON	events
 *	park OUTPUT ID WHY	a readout that an output could not deliver
 *	drop			the file of the store is gone
 *	started, ended		waits until a search has begun, was cancelled
 *
 * Meters: busy has no reads left, silent (and address 5) does not answer, half
 * (and 7) answers with one telegram and an error, all others are read. The bus
 * gone is unplugged.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <json-c/json.h>

#include <meterbus/json.h>

#include "../../userspace/mbusd/api/api.h"
#include "../../userspace/common/clock.h"
#include "../../userspace/mbusd/base/log.h"
#include "../../userspace/mbusd/output/output.h"
#include "../../userspace/mbusd/store/parked.h"
#include "../../userspace/mbusd/store/recorder.h"
#include "../../userspace/mbusd/store/store.h"

static const uint8_t telegram[] = {
	0x68, 0x15, 0x15, 0x68, 0x08, 0x00, 0x72, 0x47, 0x27, 0x89,
	0x31, 0x24, 0x23, 0x28, 0x04, 0xED, 0x50, 0x00, 0x00, 0x0C,
	0x05, 0x31, 0x84, 0x74, 0x01, 0x8D, 0x16,
};

struct service {
	struct config *config;
	struct events *events;
	struct store *store;
	/* Protects what follows. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	unsigned int scan;	/* the last one; 0: none yet */
	const char *scanning;	/* bus; NULL: none */
};

static struct service service = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.changed = PTHREAD_COND_INITIALIZER,
};

/* A reader is its bus. */
struct reader {
	struct config_bus bus;
};

/* ------------------------------------------ functions that the API calls */

struct config *service_config(struct service *s)
{
	return config_get(s->config);
}

struct events *service_events(struct service *s)
{
	return s->events;
}

struct outbox *service_outbox(struct service *s)
{
	(void)s;
	return NULL;
}

time_t service_started(const struct service *s)
{
	(void)s;
	return 1767225600;
}

bool service_use_reader(struct service *s, const char *name,
			void (*use)(void *context, struct reader *reader),
			void *context)
{
	const struct config_bus *bus = config_find_bus(s->config, name);

	if (bus)
		use(context, (struct reader *)bus);
	return bus;
}

int outbox_send_again(struct outbox *outbox, const char *name, int64_t readout,
		      unsigned int *count, struct meterbus_error *err)
{
	(void)outbox;
	return store_send_again(service.store, name, readout, count, err);
}

size_t outbox_status(struct outbox *outbox, struct output_status *status,
		     size_t max)
{
	(void)outbox;
	for (size_t i = 0; i < max; i++)
		status[i] = (struct output_status){
			.name = "cloud", .kind = "webhook", .delivered = 7,
			.failures = 1, .backlog = 3,
			.problem = "refused: \"\xc3\xa9\"",
		};
	return max;
}

const char *reader_state_name(enum reader_state state)
{
	static const char *const names[] = {
		"waiting", "idle", "reading", "scanning",
	};

	return names[state];
}

void reader_status(struct reader *reader, struct reader_status *status)
{
	*status = (struct reader_status){ .state = READER_IDLE, .reads = 12 };
	snprintf(status->bus, sizeof(status->bus), "%s", reader->bus.name);
	if (!strcmp(reader->bus.name, "gone")) {
		status->state = READER_WAITING;
		strcpy(status->problem, "no adapter 1a86:55d5");
		return;
	}
	strcpy(status->device, "mbus0");
	strcpy(status->tty, "ttyACM2");
	status->next = 1767225900;
}

static struct store_readout *new_readout(const char *bus, const char *meter,
					 const char *address)
{
	struct store_readout *readout = calloc(1, sizeof(*readout));

	*readout = (struct store_readout){
		.meter = meter, .bus = bus, .address = address,
		.time_ns = 1767225600123456789, .elapsed_ms = 400, .why = "",
		.telegram_count = 1,
		.telegrams = { { telegram, sizeof(telegram) } },
	};
	return readout;
}

static void publish_finding(const char *bus)
{
	struct meterbus_finding finding = {
		.kind = METERBUS_FINDING_TURNAROUND,
		.text = "the converter needs 50 ms", .guard_us = 60000,
	};
	struct json_object *object = meterbus_json_finding(&finding);

	json_object_object_add(object, "bus", json_object_new_string(bus));
	events_publish(service.events, "finding", object);
}

int reader_read(struct reader *reader, const char *name,
		const struct meterbus_address *address, bool force,
		unsigned int timeout_s, struct reading **reading,
		struct meterbus_error *err)
{
	char text[METERBUS_ADDRESS_TEXT];
	const struct config_meter *meter;
	struct store_readout *readout;
	bool silent, half;

	(void)timeout_s;
	*reading = NULL;
	if (!strcmp(reader->bus.name, "gone"))
		return meterbus_fail(err, METERBUS_E_UNPLUGGED,
				     "bus gone is not there");
	if (name && !strcmp(name, "busy") && !force)
		return meterbus_fail(err, METERBUS_E_BUSY,
				     "busy was asked 2 times today");
	meter = name ? config_find_meter(service.config, name) : NULL;
	if (meter)
		address = &meter->address;
	meterbus_address_format(address, text);
	silent = (name && !strcmp(name, "silent")) || !strcmp(text, "5");
	half = (name && !strcmp(name, "half")) || !strcmp(text, "7");
	readout = new_readout(reader->bus.name, name ? name : "", text);
	publish_finding(reader->bus.name);
	if (silent || half) {
		readout->telegram_count = half;
		readout->outcome = half ? METERBUS_E_GARBLED :
					  METERBUS_E_SILENCE;
		readout->why = half ? "the second one was damaged" :
				      "nobody answered at address 5";
		meterbus_fail(err, readout->outcome, "%s", readout->why);
	}
	*reading = reading_new(service.config, meter, readout);
	if (name)
		reading_set_id(*reading, 99);
	free(readout);
	return silent || half ? -1 : 0;
}

/* What is read here is "stored" at once, as number 99. */
struct recorder *service_recorder(struct service *s)
{
	(void)s;
	return NULL;
}

void recorder_status(struct recorder *recorder, struct recorder_status *status)
{
	(void)recorder;
	*status = (struct recorder_status){
		.waiting = 3, .oldest_ns = 1767225600000000000, .lost = 1,
		.stored = 40, .commits = 9, .bytes = 8192, .free_bytes = 1 << 30,
		.problem = "the disk is full", .last_error = "the disk is full",
		.error_ns = 1767225601000000000, .growth = 4096,
	};
}

bool recorder_wait(struct recorder *recorder, unsigned int timeout_ms)
{
	(void)recorder;
	(void)timeout_ms;
	return true;
}

int reader_scan(struct reader *reader, const struct meterbus_address *mask,
		unsigned int *id, struct meterbus_error *err)
{
	int ret = 0;

	(void)mask;
	pthread_mutex_lock(&service.lock);
	if (service.scanning)
		ret = meterbus_fail(err, METERBUS_E_BUSY,
				    "bus %s is being searched already",
				    reader->bus.name);
	else
		service.scanning = reader->bus.name;
	if (ret == 0)
		*id = ++service.scan;
	pthread_cond_signal(&service.changed);
	pthread_mutex_unlock(&service.lock);
	return ret;
}

bool reader_scan_cancel(struct reader *reader, unsigned int id)
{
	bool found;

	pthread_mutex_lock(&service.lock);
	found = service.scanning && id == service.scan &&
		!strcmp(service.scanning, reader->bus.name);
	if (found)
		service.scanning = NULL;
	pthread_cond_signal(&service.changed);
	pthread_mutex_unlock(&service.lock);
	return found;
}

/* ---------------------------------------------------------- commands */

static void add(struct store_readout *readout, const char *name, int64_t time)
{
	const struct config_meter *meter;
	char text[METERBUS_ADDRESS_TEXT];
	struct meterbus_error err;

	meter = config_find_meter(service.config, name);
	readout->meter = name;
	readout->bus = meter ? meter->bus->name : "old";
	readout->address = meter ? meterbus_address_format(&meter->address,
							   text) : "5";
	readout->time_ns = time * 1000000000LL;
	if (store_add(service.store, readout, &err) < 0) {
		printf("%s\n", err.text);
		exit(1);
	}
}

static size_t from_hex(uint8_t *bytes, const char *text)
{
	size_t len = 0;

	for (; text[0] && text[1]; text += 2)
		sscanf(text, "%2hhx", &bytes[len++]);
	return len;
}

static void add_readout(char *words)
{
	static uint8_t bytes[METERBUS_READOUT_MAX][METERBUS_TELEGRAM_MAX];
	struct store_readout readout = { .why = "" };
	char *name = strtok(words, " ");
	long long time = atoll(strtok(NULL, " "));
	char *hex;

	while ((hex = strtok(NULL, " "))) {
		uint8_t *to = bytes[readout.telegram_count];

		readout.telegrams[readout.telegram_count++] =
			(struct store_telegram){ to, from_hex(to, hex) };
	}
	add(&readout, name, time);
}

static void add_failure(char *words)
{
	struct store_readout readout = { .outcome = METERBUS_E_SILENCE };
	char *name = strtok(words, " ");
	long long time = atoll(strtok(NULL, " "));

	readout.why = strtok(NULL, "");
	add(&readout, name, time);
}

static void fill(char *words)
{
	struct store_readout *readout = new_readout("", "", "");
	char *name = strtok(words, " ");
	long long time = atoll(strtok(NULL, " "));
	long count = atol(strtok(NULL, " "));

	while (count--)
		add(readout, name, time++);
	free(readout);
}

static void publish(char *words)
{
	static const char *const events[] = {
		"readout", "meter", "finding", "progress", "summary", "bus",
		"reload",
	};
	char *name = strtok(words, " ");
	char *json = strtok(NULL, "");

	for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++)
		if (!strcmp(name, events[i]))
			events_publish(service.events, events[i],
				     json_tokener_parse(json));
}

static void park(char *words)
{
	char *output = strtok(words, " ");
	long long id = atoll(strtok(NULL, " "));
	struct meterbus_error err;

	if (store_park(service.store, output, id, wall_ns(), strtok(NULL, ""),
		       &err) < 0)
		printf("%s not ", err.text);
}

static void wait_for_search(bool running)
{
	pthread_mutex_lock(&service.lock);
	while (!service.scanning == running)
		pthread_cond_wait(&service.changed, &service.lock);
	pthread_mutex_unlock(&service.lock);
}

static void obey(char *line)
{
	char *words = line + strcspn(line, " \n");

	line[strcspn(line, "\n")] = '\0';
	if (*words)
		*words++ = '\0';
	if (!strcmp(line, "add"))
		add_readout(words);
	else if (!strcmp(line, "fail"))
		add_failure(words);
	else if (!strcmp(line, "fill"))
		fill(words);
	else if (!strcmp(line, "publish"))
		publish(words);
	else if (!strcmp(line, "park"))
		park(words);
	else if (!strcmp(line, "drop"))
		unlink(service.config->store);
	else if (!strcmp(line, "started") || !strcmp(line, "ended"))
		wait_for_search(line[0] == 's');
	else
		printf("not ");
	printf("ok\n");
	fflush(stdout);
}

/* ------------------------------------------------------------- start */

static void print_fault(void *context, bool warning, const char *file, int line,
			const char *text)
{
	(void)context;
	(void)warning;
	fprintf(stderr, "%s:%d: %s\n", file, line, text);
}

static bool set_limit(struct api_limits *limits, const char *word)
{
	return sscanf(word, "connections=%u", &limits->connections) == 1 ||
	       sscanf(word, "streams=%u", &limits->streams) == 1 ||
	       sscanf(word, "request=%u", &limits->request_s) == 1 ||
	       sscanf(word, "stall=%u", &limits->stall_s) == 1 ||
	       sscanf(word, "answer=%u", &limits->answer_s) == 1 ||
	       sscanf(word, "keepalive=%u", &limits->keepalive_s) == 1 ||
	       sscanf(word, "address=%u", &limits->per_address) == 1 ||
	       sscanf(word, "refusal=%u", &limits->refusal_ms) == 1;
}

int main(int argc, char **argv)
{
	struct api_limits limits = { 64, 32, 10, 60, 900, 15, 0, 0 };
	struct meterbus_error err;
	struct api *api = NULL;
	char line[65536];

	service.config = argc > 1 ? config_load(argv[1], output_kinds, print_fault,
						NULL) :
				    NULL;
	for (int i = 2; i < argc; i++)
		if (!set_limit(&limits, argv[i]))
			return 2;
	if (!service.config)
		return 2;
	log_verbose();
	service.events = events_new();
	if (store_open(&service.store, service.config->store, STORE_WRITE,
		       &err) == 0)
		api = api_start(&service, &limits, &err);
	if (!api) {
		fprintf(stderr, "api_server: %s\n", err.text);
		return 1;
	}
	puts("ready");
	fflush(stdout);
	while (fgets(line, sizeof(line), stdin))
		obey(line);
	api_stop(api);
	store_close(service.store);
	events_free(service.events);
	config_put(service.config);
	return 0;
}
