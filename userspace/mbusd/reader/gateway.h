/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bus behind a network gateway: <meterbus/gateway.h> in a thread of its own,
 * which connects and reconnects.
 */
#ifndef MBUSD_BUS_GATEWAY_H
#define MBUSD_BUS_GATEWAY_H

#include <stdbool.h>

#include <meterbus/error.h>

#include "config/config.h"

struct bus_gateway;

/* @bus: CONFIG_TCP or CONFIG_RFC2217. */
struct bus_gateway *bus_gateway_new(const struct config_bus *bus,
				    struct meterbus_error *err);
void bus_gateway_free(struct bus_gateway *gateway);

/* N of its mbusN, which stays the same. */
unsigned int bus_gateway_bus(const struct bus_gateway *gateway);

/* Readable (poll) until the next bus_gateway_connected(). */
int bus_gateway_fd(const struct bus_gateway *gateway);

/* If not, @err says why. */
bool bus_gateway_connected(struct bus_gateway *gateway,
			   struct meterbus_error *err);

#endif
