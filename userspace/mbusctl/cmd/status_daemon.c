// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusctl status --daemon: buses, outputs and store of mbusd.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "cmd/history.h"
#include "cmd/status.h"
#include "daemon/daemon.h"

/* "12.3 MB" or "1.2 GB"; @bytes may be negative. */
static void print_size(int64_t bytes)
{
	uint64_t tenths = (bytes < 0 ? -(uint64_t)bytes : (uint64_t)bytes) /
			  100000;
	const char *unit = "MB";

	if (tenths >= 10000) {
		tenths /= 1000;
		unit = "GB";
	}
	printf("%s%" PRIu64 ".%" PRIu64 " %s", bytes < 0 && tenths ? "-" : "",
	       tenths / 10, tenths % 10, unit);
}

static void print_time(const char *before, struct json_object *object,
		       const char *key)
{
	char time[HISTORY_TIME_SIZE];

	if (*history_time(time, daemon_text(object, key)))
		printf("%s%s", before, time);
}

static void print_problem(struct json_object *object)
{
	const char *problem = daemon_text(object, "problem");

	if (*problem)
		printf("\n    problem: %s", problem);
}

static const char *plural(int64_t count)
{
	return count == 1 ? "" : "s";
}

static void print_daemon(struct json_object *status)
{
	printf("mbusd %s, site %s", daemon_text(status, "version"),
	       daemon_text(status, "site"));
	print_time(", since ", status, "started");
	printf("\n");
}

static void print_bus(struct json_object *bus)
{
	const char *device = daemon_text(bus, "device");
	const char *meter = daemon_text(bus, "meter");
	int64_t meters = daemon_number(bus, "meters");

	printf("  bus %s%s%s: %s%s%s; %" PRId64 " meter%s, %" PRId64
	       " readouts, %" PRId64 " failed",
	       daemon_text(bus, "bus"), *device ? " on " : "", device,
	       daemon_text(bus, "state"), *meter ? " " : "", meter, meters,
	       plural(meters), daemon_number(bus, "reads"),
	       daemon_number(bus, "failures"));
	print_time("; next ", bus, "next");
	print_problem(bus);
	printf("\n");
}

static void print_output(struct json_object *output)
{
	printf("  output %s (%s): %" PRId64 " delivered, %" PRId64
	       " waiting, %" PRId64 " parked",
	       daemon_text(output, "output"), daemon_text(output, "kind"),
	       daemon_number(output, "delivered"),
	       daemon_number(output, "backlog"),
	       daemon_number(output, "parked"));
	print_problem(output);
	printf("\n");
}

static void print_store(struct json_object *store)
{
	int64_t waiting = daemon_number(store, "waiting");
	int64_t lost = daemon_number(store, "lost");
	const char *error = daemon_text(store, "last_error");

	printf("  store %s: ", daemon_text(store, "path"));
	print_size(daemon_number(store, "bytes"));
	printf(", grows by ");
	print_size(daemon_number(store, "growth_per_day"));
	printf(" a day; ");
	print_size(daemon_number(store, "free_bytes"));
	printf(" free; %" PRId64 " readout%s stored", daemon_number(store, "stored"),
	       plural(daemon_number(store, "stored")));
	if (waiting) {
		printf("\n    %" PRId64 " readout%s in memory", waiting,
		       plural(waiting));
		print_time(", the oldest of ", store, "oldest_waiting");
	}
	if (lost)
		printf("\n    %" PRId64 " readout%s lost: memory was full",
		       lost, plural(lost));
	print_problem(store);
	if (*error && !*daemon_text(store, "problem")) {
		print_time("\n    last error ", store, "last_error_time");
		printf(": %s", error);
	}
	printf("\n");
}

static void print_each(struct json_object *answer, const char *key,
		       void (*print)(struct json_object *object))
{
	struct json_object *list = daemon_list(answer, key);

	for (size_t i = 0; i < daemon_list_length(list); i++)
		print(daemon_list_item(list, i));
}

/* Moves the member @key of @from into @to. */
static void move(struct json_object *to, struct json_object *from,
		 const char *key)
{
	json_object_object_add(to, key,
			       json_object_get(daemon_list(from, key)));
}

int status_daemon(void)
{
	struct json_object *status, *buses = NULL, *outputs = NULL;
	struct meterbus_error err;
	int ret = STATUS_OK;

	status = daemon_get("/v1/status", &err);
	if (status)
		buses = daemon_get("/v1/buses", &err);
	if (buses)
		outputs = daemon_get("/v1/outputs", &err);
	if (!outputs) {
		ret = fail_error(&err);
	} else if (globals.json) {
		move(status, buses, "buses");
		move(status, outputs, "outputs");
		print_json(status);
	} else {
		print_daemon(status);
		print_each(buses, "buses", print_bus);
		print_each(outputs, "outputs", print_output);
		print_store(daemon_object(status, "store_state"));
	}
	json_object_put(outputs);
	json_object_put(buses);
	json_object_put(status);
	return ret;
}
