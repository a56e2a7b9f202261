/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bus that mbusd serves, used through mbusd: readouts are queued with its
 * own, and buses of gateways work, too.
 */
#ifndef MBUSCTL_DAEMON_BUS_H
#define MBUSCTL_DAEMON_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include <json-c/json.h>

#include <meterbus/address.h>
#include <meterbus/error.h>
#include <meterbus/master.h>
#include <meterbus/search.h>

struct daemon_bus {
	char name[65];		/* in mbusd's configuration; "" for none */
	char device[65];	/* "mbus0", or the name if it has none */
	uint32_t baud;
	/* Called with each finding; may be NULL. */
	void (*finding)(void *context, const struct meterbus_finding *finding);
	void *context;
};

/*
 * Finds the bus of -b in mbusd, by its name there or as meterbus_bus_find()
 * does; without -b the only bus. Returns false if mbusd does not serve it or
 * does not run; with --socket, mbusd not running ends the program.
 */
bool daemon_bus_find(struct daemon_bus *bus);

/* The meter to read: that of a name in mbusd's configuration, or an address. */
struct daemon_meter {
	const char *name;	/* NULL: by address */
	struct meterbus_address address;
};

/*
 * Looks up @name: address and bus. Returns 0, or -1 with the error of mbusd, or
 * that there is none.
 */
int daemon_meter_find(const char *name, struct daemon_meter *meter,
		      struct daemon_bus *bus, struct meterbus_error *err);

/* A reading as mbusd has decoded it; zeroes if there is none. */
struct daemon_reading {
	struct json_object *object;
	char *line;			/* the same as exact text */
	struct meterbus_readout readout; /* its telegrams */
};

/*
 * Has mbusd read @meter. @format is that of "text" in the object, or "json" for
 * none. stop_requested() ends it. Returns as meterbus_read() does; @reading is to be
 * freed after either.
 */
int daemon_bus_read(const struct daemon_bus *bus,
		    const struct daemon_meter *meter, const char *format,
		    struct daemon_reading *reading, struct meterbus_error *err);
void daemon_reading_free(struct daemon_reading *reading);

/*
 * As meterbus_search_primary() and _secondary() (@mask is NULL for primary
 * addresses), by mbusd; the rest as above.
 */
int daemon_bus_search(const struct daemon_bus *bus,
		      struct meterbus_search *search,
		      const struct meterbus_address *mask,
		      struct meterbus_search_result *result,
		      struct meterbus_error *err);

#endif
