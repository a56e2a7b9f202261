/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection to the wire of one [bus]: finds its adapter, attaches and opens
 * the bus, detects when it disappears and when it may be there again. Used by
 * the bus's reader; tests replace it by a simulated wire.
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
 * Opens the bus, and attaches it unless another program has. Fails while the
 * adapter is missing or the gateway not connected: poll bus_link_fd() and retry
 * when bus_link_changed(), or after bus_link_retry_s().
 */
int bus_link_open(struct bus_link *link, struct meterbus_error *err);
void bus_link_close(struct bus_link *link);

/* While it is open. */
struct meterbus_link *bus_link_exchanges(struct bus_link *link);
const char *bus_link_device(const struct bus_link *link); /* "mbus0" */
const char *bus_link_tty(const struct bus_link *link);	/* "ttyACM2", "" */

/*
 * A descriptor to poll() for POLLIN: readable or in error when
 * bus_link_changed() has to be called. -1: there is none.
 */
int bus_link_fd(const struct bus_link *link);

/*
 * True if an open bus is gone and has to be closed, or one that is not open may
 * be there now.
 */
bool bus_link_changed(struct bus_link *link);

/* When to retry without an event. */
unsigned int bus_link_retry_s(const struct bus_link *link);

#endif
