/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arguments of mbusctl attach, and what it holds: a tty or a gateway.
 */
#ifndef MBUSCTL_ATTACH_H
#define MBUSCTL_ATTACH_H

#include <stdbool.h>

#include <meterbus/gateway.h>
#include <meterbus/settings.h>
#include <meterbus/tty.h>

struct attach_arguments {
	struct meterbus_tty_choice choice;
	bool wait;
	const char *gateway;	/* HOST:PORT, NULL: a tty */
	enum meterbus_gateway_protocol protocol;
	unsigned int latency_ms;
	unsigned int baud;
	struct meterbus_settings settings;	/* all but the baud rate */
	bool background;
};

/*
 * Make the bus and hold it until @signals, a signalfd, is readable or the bus
 * is lost. Return the exit status. @ready: see leave_terminal().
 */
int attach_tty(const struct attach_arguments *args, int signals, int ready);
int attach_gateway(const struct attach_arguments *args, int signals,
		   int ready);

/* Applies the settings of @args; returns an exit status. */
int attach_set_timing(const struct attach_arguments *args, unsigned int bus);
/* Prints the name of the bus. */
void attach_announce(unsigned int bus, const char *tty);

#endif
