// SPDX-License-Identifier: GPL-2.0-or-later
#include <json-c/json.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "base/commands.h"
#include "base/hint.h"
#include "base/log.h"
#include "output/output.h"
#include "service.h"

/* How long buses may take to end; the others are abandoned. */
#define STOP_MS 4000
/* How long a readout by command waits for its turn. */
#define COMMAND_S 60

struct service {
	/*
	 * Protects config and readers: held for writing by a reload, for reading
	 * by those who look up a reader.
	 */
	pthread_rwlock_t lock;
	struct config *config;
	struct reader **readers;	/* in the order of config->buses */
	size_t reader_count;

	struct events *events;
	struct recent *recent;
	struct recorder *recorder;
	struct outbox *outbox;
	struct commands *commands;
	pthread_t executor;	/* of commands */
	bool executes;		/* it has to be joined */
	time_t started;
	bool abandoned;	/* a thread may still use the above */
};

/* Keeps a service that must not be freed reachable for leak checkers. */
static struct service *volatile abandoned;

struct config *service_load(const char *path, config_fault_fn *fault,
			    void *context)
{
	return config_load(path, output_kinds, fault, context);
}

/* Buses that cannot start do not affect the others. */
static struct reader *start_reader(struct service *service,
				   struct config *config,
				   const struct config_bus *bus)
{
	struct meterbus_error err;
	struct reader *reader;

	reader = reader_start(config, bus, service->recorder, service->events,
			      &err);
	if (!reader)
		log_error("%s", err.text);
	return reader;
}

static int start_readers(struct service *service, struct meterbus_error *err)
{
	struct config *config = service->config;

	service->readers = calloc(config->bus_count + 1,
				  sizeof(*service->readers));
	if (!service->readers)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	service->reader_count = config->bus_count;
	for (size_t i = 0; i < config->bus_count; i++)
		service->readers[i] =
			start_reader(service, config, config->buses[i]);
	return 0;
}

/* All are requested to end before the first join: they end in parallel. */
static void stop_readers(struct service *service, struct reader **readers,
			 size_t count)
{
	int64_t until = now_ms() + STOP_MS;

	for (size_t i = 0; i < count; i++)
		if (readers[i])
			reader_end(readers[i]);
	for (size_t i = 0; i < count; i++)
		if (!reader_stop(readers[i], until))
			service->abandoned = true;
	free(readers);
}

/* -------------------------------------------------------------- commands */

static void command_read(void *context, struct reader *reader)
{
	const struct command *command = context;
	struct reading *reading = NULL;
	struct meterbus_error err;

	/* A readout that fails is stored and published like any other. */
	if (reader_read(reader, command->name, NULL, false, COMMAND_S, &reading,
			&err) < 0 && !reading)
		log_warning("output %s: meter %s is not read: %s",
			    command->output, command->name, err.text);
	reading_put(reading);
}

static void command_search(void *context, struct reader *reader)
{
	const struct command *command = context;
	struct meterbus_address all = { .secondary = true };
	struct meterbus_error err;
	unsigned int id;

	memset(all.bytes, 0xFF, sizeof(all.bytes));
	if (reader_scan(reader, &all, &id, &err) < 0)
		log_warning("output %s: %s", command->output, err.text);
	else
		log_notice("output %s: search %u on bus %s begins",
			   command->output, id, command->name);
}

/* The bus that @command is for; NULL: no such meter. */
static char *command_bus(struct service *service, struct command *command)
{
	const struct config_meter *meter;
	struct config *config;
	char *bus = NULL;

	if (command->kind == COMMAND_SEARCH)
		return strdup(command->name);
	config = service_config(service);
	meter = config_find_meter(config, command->name);
	if (meter)
		bus = strdup(meter->bus->name);
	config_put(config);
	return bus;
}

static void *execute_commands(void *context)
{
	struct service *service = context;
	struct command command;
	bool search;
	char *bus;

	while (commands_take(service->commands, &command)) {
		search = command.kind == COMMAND_SEARCH;
		bus = command_bus(service, &command);
		if (!bus ||
		    !service_use_reader(service, bus,
					search ? command_search : command_read,
					&command))
			log_warning("output %s: command for '%s': no %s of this name",
				    command.output, command.name,
				    search ? "bus" : "meter");
		free(bus);
	}
	return NULL;
}

static int start_executor(struct service *service, struct meterbus_error *err)
{
	service->executes = pthread_create(&service->executor, NULL,
					   execute_commands, service) == 0;
	return service->executes ? 0 :
				   meterbus_fail(err, METERBUS_E_SYSTEM,
						 "cannot start a thread for commands");
}

/* After the buses: they answer what it waits for, unless they hang. */
static void stop_executor(struct service *service)
{
	struct timespec until;

	if (!service->executes)
		return;
	commands_end(service->commands);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += STOP_MS / 1000;
	if (pthread_timedjoin_np(service->executor, NULL, &until))
		service->abandoned = true;
}

/* ------------------------------------------------------------- lifetime */

struct service *service_start(struct config *config, struct meterbus_error *err)
{
	struct service *service = calloc(1, sizeof(*service));

	if (!service) {
		config_put(config);
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	pthread_rwlock_init(&service->lock, NULL);
	service->config = config;
	service->started = time(NULL);
	service->events = events_new();
	service->recent = recent_new();
	service->commands = commands_new();
	if (!service->events || !service->recent || !service->commands) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		goto fail;
	}
	service->recorder = recorder_open(config, service->events, service->recent,
					  err);
	if (!service->recorder)
		goto fail;
	/* Before the first readout: a new output begins with it. */
	service->outbox = outbox_start(config, service->events, service->recent,
				       service->commands, err);
	if (!service->outbox)
		goto fail;
	if (start_readers(service, err) < 0 || start_executor(service, err) < 0)
		goto fail;
	return service;

fail:
	service_stop(service);
	return NULL;
}

void service_end(struct service *service)
{
	for (size_t i = 0; i < service->reader_count; i++)
		if (service->readers[i])
			reader_end(service->readers[i]);
}

void service_stop(struct service *service)
{
	if (!service)
		return;
	stop_readers(service, service->readers, service->reader_count);
	stop_executor(service);
	if (service->outbox)
		outbox_stop(service->outbox);
	/* An abandoned thread may still use it; the process ends anyway. */
	if (service->abandoned) {
		recorder_flush(service->recorder);
		abandoned = service;
		return;
	}
	if (recorder_close(service->recorder)) {
		recent_free(service->recent);
		events_free(service->events);
	}
	commands_free(service->commands);
	config_put(service->config);
	pthread_rwlock_destroy(&service->lock);
	free(service);
}

/* ---------------------------------------------------------------- reload */

/* Removes the reader of @bus from the old list. */
static struct reader *take_same(struct service *service,
				const struct config_bus *bus)
{
	const struct config *old = service->config;
	struct reader *reader;

	for (size_t i = 0; i < service->reader_count; i++) {
		reader = service->readers[i];
		if (!reader || !config_same_bus(old->buses[i], bus))
			continue;
		service->readers[i] = NULL;
		return reader;
	}
	return NULL;
}

/* Buses that are the same go on; returns the others. Called with the lock held. */
static struct reader **keep_same(struct service *service,
				 struct config *config,
				 struct reader **readers)
{
	struct reader **old;

	for (size_t i = 0; i < config->bus_count; i++) {
		readers[i] = take_same(service, config->buses[i]);
		if (readers[i])
			reader_reload(readers[i], config, config->buses[i]);
	}
	old = service->readers;
	service->readers = readers;
	service->reader_count = config->bus_count;
	config_put(service->config);
	service->config = config;
	return old;
}

static void start_missing(struct service *service, struct config *config)
{
	for (size_t i = 0; i < config->bus_count; i++) {
		struct reader *reader;

		if (service->readers[i])
			continue;
		reader = start_reader(service, config, config->buses[i]);
		pthread_rwlock_wrlock(&service->lock);
		service->readers[i] = reader;
		pthread_rwlock_unlock(&service->lock);
	}
}

static int check_reload(const struct service *service,
			const struct config *config, struct meterbus_error *err)
{
	if (!strcmp(service->config->store, config->store))
		return 0;
	return meterbus_fail(err, METERBUS_E_USAGE,
			     "the store changes from %s to %s, which needs a restart; restart mbusd",
			     service->config->store, config->store);
}

int service_reload(struct service *service, struct config *config,
		   struct meterbus_error *err)
{
	struct meterbus_error problem;
	struct reader **readers, **old;
	size_t old_count;

	readers = calloc(config->bus_count + 1, sizeof(*readers));
	if (!readers) {
		config_put(config);
		return meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
	}
	if (check_reload(service, config, err) < 0) {
		free(readers);
		config_put(config);
		return -1;
	}
	recorder_reload(service->recorder, config);
	pthread_rwlock_wrlock(&service->lock);
	old_count = service->reader_count;
	old = keep_same(service, config, readers);
	pthread_rwlock_unlock(&service->lock);
	/*
	 * Old buses end before new ones begin: both may use the same tty. Without
	 * the lock, as one of them may hang.
	 */
	stop_readers(service, old, old_count);
	start_missing(service, config);
	/* A failing output does not affect the rest of the reload. */
	if (outbox_reload(service->outbox, config, &problem) < 0)
		log_error("%s", problem.text);
	events_publish(service->events, "reload", json_object_new_object());
	return 0;
}

/* -------------------------------------------------------------- lookups */

/*
 * Reports buses that hang. Called by the thread that reloads, so the list does
 * not change meanwhile.
 */
void service_tick(struct service *service)
{
	for (size_t i = 0; i < service->reader_count; i++)
		if (service->readers[i])
			reader_report_hung(service->readers[i]);
}

struct config *service_config(struct service *service)
{
	struct config *config;

	pthread_rwlock_rdlock(&service->lock);
	config = config_get(service->config);
	pthread_rwlock_unlock(&service->lock);
	return config;
}

struct events *service_events(struct service *service)
{
	return service->events;
}

struct recorder *service_recorder(struct service *service)
{
	return service->recorder;
}

struct outbox *service_outbox(struct service *service)
{
	return service->outbox;
}

time_t service_started(const struct service *service)
{
	return service->started;
}

/* For reader_put(). */
static struct reader *get_reader(struct service *service, const char *bus)
{
	struct reader *reader = NULL;

	pthread_rwlock_rdlock(&service->lock);
	for (size_t i = 0; i < service->reader_count && !reader; i++)
		if (!strcmp(service->config->buses[i]->name, bus))
			reader = service->readers[i];
	if (reader)
		reader_get(reader);
	pthread_rwlock_unlock(&service->lock);
	return reader;
}

bool service_use_reader(struct service *service, const char *bus,
			void (*use)(void *context, struct reader *reader),
			void *context)
{
	struct reader *reader = get_reader(service, bus);

	if (!reader)
		return false;
	use(context, reader);
	reader_put(reader);
	return true;
}
