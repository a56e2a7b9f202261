/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The way to the wire of one [bus]: finds its adapter, attaches the bus, opens
 * it, and knows when it is gone and when it may be back. Belongs to the bus's
 * reader; tests put a simulated wire in its place.
 */
#ifndef MBUSD_BUS_LINK_H
#define MBUSD_BUS_LINK_H

#include <stdbool.h>

#include <meterbus/error.h>
#include <meterbus/link.h>

#include "config/config.h"

struct bus_link;

/* @bus must live as long. NULL without memory or file descriptors. */
struct bus_link *bus_link_new(const struct config_bus *bus,
			      struct meterbus_error *err);
void bus_link_free(struct bus_link *link);	/* closes it */

/* The same bus (config_same_bus()) in another configuration. */
void bus_link_set_config(struct bus_link *link, const struct config_bus *bus);

/*
 * Opens the bus, attaching it unless somebody else has. Fails as long as the
 * adapter is not there or the gateway not connected: poll bus_link_fd() and try again when
 * bus_link_changed(), or after bus_link_retry_s().
 */
int bus_link_open(struct bus_link *link, struct meterbus_error *err);
void bus_link_close(struct bus_link *link);

/* While it is open. */
struct meterbus_link *bus_link_exchanges(struct bus_link *link);
const char *bus_link_device(const struct bus_link *link); /* "mbus0" */
const char *bus_link_tty(const struct bus_link *link);	/* "ttyACM2", "" */

/*
 * What to poll() for POLLIN: it is readable, or reports an error or a hang-up,
 * when bus_link_changed() has something to look at. -1: nothing.
 */
int bus_link_fd(const struct bus_link *link);

/*
 * Of an open bus: it is gone and is to be closed. Of one that is not open: it
 * may be there now.
 */
bool bus_link_changed(struct bus_link *link);

/* When to try again where no event tells. */
unsigned int bus_link_retry_s(const struct bus_link *link);

#endif
