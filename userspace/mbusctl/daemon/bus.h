/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bus that mbusd serves, used through mbusd: readouts are queued with its
 * own, and buses of gateways work, too.
 */
#ifndef MBUSCTL_DAEMON_BUS_H
#define MBUSCTL_DAEMON_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include <meterbus/address.h>
#include <meterbus/error.h>
#include <meterbus/master.h>
#include <meterbus/search.h>

struct daemon_bus {
	char name[65];		/* in mbusd's configuration; "" for none */
	char device[65];	/* "mbus0", or the name if it has none */
	uint32_t baud;
	/* Called with what was noticed; may be NULL. */
	void (*finding)(void *context, const struct meterbus_finding *finding);
	void *context;
};

/*
 * Finds the bus of -b in mbusd, by its name there or as meterbus_bus_find()
 * does; without -b the only bus. Returns false if mbusd does not serve it or
 * does not run; with --socket, mbusd not running ends the program.
 */
bool daemon_bus_find(struct daemon_bus *bus);

/*
 * Like meterbus_read(), meterbus_search_primary() and _secondary() (@mask is
 * NULL for primary addresses), done by mbusd. The search's master is not used.
 * stop_requested() ends them.
 */
int daemon_bus_read(const struct daemon_bus *bus,
		    const struct meterbus_address *address,
		    struct meterbus_readout *readout,
		    struct meterbus_error *err);
int daemon_bus_search(const struct daemon_bus *bus,
		      struct meterbus_search *search,
		      const struct meterbus_address *mask,
		      struct meterbus_search_result *result,
		      struct meterbus_error *err);

#endif
