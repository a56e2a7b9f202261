/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bus by way of the mbusd that serves it: its own readouts and ours do not
 * wait for each other's exchanges then, and a gateway is a bus like any other.
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
};

/*
 * The bus that -b means, if an mbusd serves it: its name there, or what
 * meterbus_bus_find() takes; without -b the only one there is. False if there
 * is none, or nobody to ask; ends the program if that should be somebody by
 * --socket.
 */
bool daemon_bus_find(struct daemon_bus *bus);

/*
 * As meterbus_read(), meterbus_search_primary() and _secondary() (@mask is
 * NULL for primary addresses), by mbusd. Of the master, which needs no link,
 * only the callbacks are used. stop_requested() ends them.
 */
int daemon_bus_read(const struct daemon_bus *bus,
		    struct meterbus_master *master,
		    const struct meterbus_address *address,
		    struct meterbus_readout *readout,
		    struct meterbus_error *err);
int daemon_bus_search(const struct daemon_bus *bus,
		      struct meterbus_search *search,
		      const struct meterbus_address *mask,
		      struct meterbus_search_result *result,
		      struct meterbus_error *err);

#endif
