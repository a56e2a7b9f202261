// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Checks across the sections of a configuration.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "config/sections.h"

static bool same_text(const char *a, const char *b)
{
	return a && b && !strcmp(a, b);
}

/* Also if both are NULL. */
static bool equal(const char *a, const char *b)
{
	return a == b || same_text(a, b);
}

bool config_same_bus(const struct config_bus *a, const struct config_bus *b)
{
	return equal(a->name, b->name) && a->connection == b->connection &&
	       equal(a->path, b->path) && equal(a->vid, b->vid) &&
	       equal(a->pid, b->pid) && equal(a->serial, b->serial) &&
	       a->port == b->port && equal(a->host, b->host) &&
	       a->baud == b->baud && a->guard_ms == b->guard_ms &&
	       a->echo == b->echo;
}

/* Two names of one device, as far as it is plugged in. */
static bool same_file(const char *a, const char *b)
{
	struct stat one, other;

	if (!a || !b)
		return false;
	if (!strcmp(a, b))
		return true;
	return stat(a, &one) == 0 && stat(b, &other) == 0 &&
	       S_ISCHR(one.st_mode) && S_ISCHR(other.st_mode) &&
	       one.st_rdev == other.st_rdev;
}

/* Serial and port that are not given may be those of the other one. */
static bool same_adapter(const struct config_bus *a, const struct config_bus *b)
{
	if (!same_text(a->vid, b->vid) || !same_text(a->pid, b->pid))
		return false;
	if (a->serial && b->serial && strcmp(a->serial, b->serial))
		return false;
	return a->port < 0 || b->port < 0 || a->port == b->port;
}

static bool same_wire(const struct config_bus *a, const struct config_bus *b)
{
	switch (a->connection) {
	case CONFIG_BUS:
		return b->connection == CONFIG_BUS && same_text(a->path, b->path);
	case CONFIG_TTY:
		return b->connection == CONFIG_TTY && same_file(a->path, b->path);
	case CONFIG_USB:
		return b->connection == CONFIG_USB && same_adapter(a, b);
	case CONFIG_TCP:
	case CONFIG_RFC2217:
		return same_text(a->host, b->host);
	}
	return false;
}

static void check_buses(struct config_builder *b)
{
	const struct config *config = b->config;
	char place[CONFIG_PLACE_SIZE];

	for (size_t i = 1; i < config->bus_count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct config_bus *bus = config->buses[i];
			const struct config_bus *other = config->buses[j];

			if (!bus->name || !other->name ||
			    !same_wire(bus, other))
				continue;
			config_complain(b->file, bus->line,
					"[bus %s] is or may be the same as [bus %s] (%s); remove one, or distinguish them by serial or port",
					bus->name, other->name,
					config_place(b->file, bus->line,
						     other->line, place));
		}
}

static int by_address(const void *a, const void *b)
{
	const struct config_meter *one = *(struct config_meter *const *)a;
	const struct config_meter *other = *(struct config_meter *const *)b;
	int order;

	if (one->bus != other->bus)
		return one->bus < other->bus ? -1 : 1;
	if (one->address.secondary != other->address.secondary)
		return one->address.secondary - other->address.secondary;
	order = one->address.primary - other->address.primary;
	if (!one->address.secondary && order)
		return order;
	if (one->address.secondary) {
		order = memcmp(one->address.bytes, other->address.bytes,
			       sizeof(one->address.bytes));
		if (order)
			return order;
	}
	return one->line - other->line;
}

static bool same_address(const struct config_meter *a,
			 const struct config_meter *b)
{
	if (!a->bus || a->bus != b->bus ||
	    a->address.secondary != b->address.secondary)
		return false;
	if (!a->address.secondary)
		return a->address.primary == b->address.primary;
	return !memcmp(a->address.bytes, b->address.bytes,
		       sizeof(a->address.bytes));
}

/* Sorted, as there may be thousands. */
static void check_meters(struct config_builder *b)
{
	const struct config *config = b->config;
	size_t count = config->meter_count;
	char place[CONFIG_PLACE_SIZE];
	struct config_meter **sorted;

	sorted = calloc(count + 1, sizeof(*sorted));
	if (!sorted)
		return;
	if (count)
		memcpy(sorted, config->meters, count * sizeof(*sorted));
	qsort(sorted, count, sizeof(*sorted), by_address);
	for (size_t i = 1; i < count; i++) {
		/* A missing address is already a fault. */
		if (!same_address(sorted[i - 1], sorted[i]) ||
		    !sorted[i]->name || !sorted[i - 1]->name ||
		    !sorted[i]->has_address || !sorted[i - 1]->has_address)
			continue;
		config_complain(b->file, sorted[i]->line,
				"[meter %s] has the address of [meter %s] (%s) on the same bus; remove one or change it",
				sorted[i]->name, sorted[i - 1]->name,
				config_place(b->file, sorted[i]->line,
					     sorted[i - 1]->line, place));
	}
	free(sorted);
}

/* A file must not be world-readable if it has keys of meters; each once. */
static void check_secrets(struct config_builder *b)
{
	const struct config *config = b->config;
	const char *reported = "";
	struct stat st;

	for (size_t i = 0; i < config->meter_count; i++) {
		const struct config_meter *meter = config->meters[i];
		const char *path = config_path_of(b->file, meter->line);

		if (!meter->has_key || !strcmp(path, reported) ||
		    stat(path, &st) < 0 || !(st.st_mode & S_IROTH))
			continue;
		config_complain(b->file, meter->line,
				"this file has keys of meters and is world-readable; run: chmod o= %s",
				path);
		reported = path;
	}
}

/* -------------------------------------------------------------- warnings */

/* What has a bus, a meter and an output each, or it is to no purpose. */
static void warn_missing(struct config_builder *b)
{
	const struct config *config = b->config;

	if (!config->bus_count)
		config_warn(b->file, 0,
			    "there is no [bus NAME], so nothing is read; 'mbusctl scan --config' writes one with its meters");
	else if (!config->meter_count)
		config_warn(b->file, 0,
			    "there is no [meter NAME], so nothing is read; 'mbusctl scan --config' finds them");
}

/* Each on its own would be many lines for one omission. */
static void warn_schedules(struct config_builder *b)
{
	const struct config *config = b->config;
	const struct config_meter *first = NULL;
	size_t count = 0;

	for (size_t i = 0; i < config->meter_count; i++) {
		if (config->meters[i]->has_schedule)
			continue;
		if (!first)
			first = config->meters[i];
		count++;
	}
	if (!first || b->has_schedule)
		return;
	config_warn(b->file, first->line,
		    "%zu of %zu meters have no schedule and are read on request only; add to [mbusd]: schedule = 15m",
		    count, config->meter_count);
}

static bool is_numbered(const char *path, const char *prefix)
{
	size_t len = strlen(prefix);

	return !strncmp(path, prefix, len) && path[len] &&
	       strspn(path + len, "0123456789") == strlen(path + len);
}

static void warn_bus(struct config_builder *b, const struct config_bus *bus)
{
	bool used = false;

	for (size_t i = 0; i < b->config->meter_count && !used; i++)
		used = b->config->meters[i]->bus == bus;
	if (!used && b->config->meter_count)
		config_warn(b->file, bus->line,
			    "[bus %s] has no meter; 'mbusctl scan --config' finds them",
			    bus->name);
	if (bus->connection == CONFIG_TTY && bus->path &&
	    (is_numbered(bus->path, "/dev/ttyACM") ||
	     is_numbered(bus->path, "/dev/ttyUSB")))
		config_warn(b->file, bus->line,
			    "[bus %s] tty: %s may be another port after a restart; write usb = VID:PID with port, or a path below /dev/serial/by-path, as 'mbusctl ports' shows them",
			    bus->name, bus->path);
}

/* mbusd makes the folder itself, but no more than one. */
static void warn_folder(struct config_builder *b, const char *key,
			const char *path)
{
	char folder[512];
	struct stat st;

	for (int up = 0; up < 2; up++) {
		char *slash;

		if (!up)
			snprintf(folder, sizeof(folder), "%s", path);
		slash = strrchr(folder, '/');
		if (!slash || slash == folder)
			return;
		*slash = '\0';
		if (stat(folder, &st) == 0)
			return;
	}
	config_warn(b->file, 0, "%s = %s: the folder %s is not there; run: mkdir -p %.*s",
		    key, path, folder, (int)(strrchr(path, '/') - path), path);
}

void config_check(struct config_builder *b)
{
	check_buses(b);
	check_meters(b);
	check_secrets(b);
}

void config_check_purpose(struct config_builder *b)
{
	const struct config *config = b->config;

	warn_missing(b);
	warn_schedules(b);
	for (size_t i = 0; i < config->bus_count; i++)
		if (config->buses[i]->name)
			warn_bus(b, config->buses[i]);
	warn_folder(b, "store", config->store);
	if (*config->api.socket)
		warn_folder(b, "socket", config->api.socket);
}
