// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * mbusd as it reports itself: its version, store, buses, meters and outputs.
 */
#include <inttypes.h>
#include <string.h>

#include <meterbus/version.h>

#include "daemon/daemon.h"
#include "doctor/finding.h"

#define MEGABYTE 1000000
#define ROOM_DAYS 30

static void check_store(struct findings *findings, struct json_object *status)
{
	struct json_object *store = daemon_object(status, "store_state");
	int64_t growth = daemon_number(store, "growth_per_day");
	int64_t room = daemon_number(store, "free_bytes");
	const char *path = daemon_text(store, "path");

	if (!store)
		return;
	if (*daemon_text(store, "problem")) {
		finding_add(findings, FINDING_FAULT, "store", "", "%s",
			    daemon_text(store, "problem"));
		finding_remedy(findings,
			       "free or repair the disk of %s: df -h; journalctl -u mbusd",
			       path);
	} else if (daemon_number(store, "lost")) {
		finding_add(findings, FINDING_WARNING, "store-lost", "",
			    "%" PRId64 " readouts were lost while the store failed: %s",
			    daemon_number(store, "lost"),
			    daemon_text(store, "last_error"));
	} else if (growth > 0 && room / growth < ROOM_DAYS) {
		finding_add(findings, FINDING_WARNING, "store-room", "",
			    "the disk of %s is full in %" PRId64 " days: %" PRId64 " MB free",
			    path, room / growth, room / MEGABYTE);
		finding_remedy(findings,
			       "free space, or shorten retention, see mbusd.conf(5)");
	} else {
		finding_add(findings, FINDING_OK, "store", "",
			    "%s, %" PRId64 " MB free", path, room / MEGABYTE);
	}
}

/* Calls @check for each item of the list @name at @path. */
static void for_each(struct findings *findings, const char *path,
		     const char *name,
		     void (*check)(struct findings *findings,
				   struct json_object *item))
{
	struct json_object *object = daemon_get(path, NULL);
	struct json_object *list = daemon_list(object, name);

	for (size_t i = 0; i < daemon_list_length(list); i++)
		check(findings, daemon_list_item(list, i));
	json_object_put(object);
}

static void check_bus(struct findings *findings, struct json_object *bus)
{
	const char *name = daemon_text(bus, "bus");
	const char *state = daemon_text(bus, "state");

	if (!strcmp(state, "waiting") || !strcmp(state, "hung")) {
		finding_add(findings, FINDING_FAULT, "daemon-bus", name, "%s",
			    *daemon_text(bus, "problem") ?
				    daemon_text(bus, "problem") : state);
		finding_remedy(findings,
			       "compare [bus %s] in mbusd.conf with the output of 'mbusctl ports'",
			       name);
	}
}

static void check_meter(struct findings *findings, struct json_object *meter)
{
	struct json_object *last = daemon_object(meter, "last");
	const char *name = daemon_text(meter, "meter");
	const char *outcome = daemon_text(last, "outcome");

	if (!*daemon_text(meter, "next")) {
		finding_add(findings, FINDING_WARNING, "never-read", name,
			    "no schedule: it is read on request only");
		finding_remedy(findings,
			       "schedule = 15m in [mbusd] or [meter %s] of mbusd.conf",
			       name);
	} else if (last && strcmp(outcome, "read")) {
		finding_add(findings, FINDING_WARNING, "meter-fails", name,
			    "%s: %s", outcome, daemon_text(last, "why"));
		finding_remedy(findings, "read it now, and watch the bytes with 'mbusctl monitor': mbusctl read %s", name);
	}
}

static void check_output(struct findings *findings, struct json_object *output)
{
	const char *name = daemon_text(output, "output");

	if (!*daemon_text(output, "problem"))
		return;
	finding_add(findings, FINDING_FAULT, "output", name,
		    "%s; %" PRId64 " readouts wait", daemon_text(output, "problem"),
		    daemon_number(output, "backlog"));
	finding_remedy(findings,
		       "check the receiver and [output %s] of mbusd.conf; waiting readouts are delivered afterwards",
		       name);
}

void doctor_daemon(struct findings *findings)
{
	struct meterbus_error err;
	struct json_object *status;
	const char *version;

	if (*findings->root)
		return;
	status = daemon_get("/v1/status", &err);
	if (!status) {
		bool refused = err.kind == METERBUS_E_PERMISSION;

		finding_add(findings, FINDING_NOTE,
			    refused ? "daemon-permission" : "daemon-off", "mbusd",
			    "%s", refused ? err.text : "not running");
		finding_remedy(findings, refused ?
			       "sudo mbusctl doctor" :
			       "start it with: sudo systemctl enable --now mbusd; if it fails, 'journalctl -u mbusd' shows why");
		return;
	}
	version = daemon_text(status, "version");
	if (strcmp(version, meterbus_version_text())) {
		finding_add(findings, FINDING_WARNING, "versions-differ", "mbusd",
			    "version %s is running, mbusctl is %s", version,
			    meterbus_version_text());
		finding_remedy(findings, "sudo systemctl restart mbusd");
	} else {
		finding_add(findings, FINDING_OK, "daemon", "mbusd",
			    "version %s is running", version);
	}
	check_store(findings, status);
	json_object_put(status);
	for_each(findings, "/v1/buses", "buses", check_bus);
	for_each(findings, "/v1/meters", "meters", check_meter);
	for_each(findings, "/v1/outputs", "outputs", check_output);
}
