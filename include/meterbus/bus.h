/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/mbusN as a link, and what else the driver tells about a bus.
 */
#ifndef METERBUS_BUS_H
#define METERBUS_BUS_H

#include <stddef.h>
#include <stdint.h>

#include <linux/meterbus.h>
#include <meterbus/error.h>
#include <meterbus/link.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

struct meterbus_netlink;

struct meterbus_bus {
	struct meterbus_link link;
	int fd;
	unsigned int number;
	char name[16];		/* "mbus0" */
	/*
	 * Milliseconds that an exchange waits for a gateway that is not
	 * connected, or lost its connection under it, to send (again) then.
	 * 0, as meterbus_bus_open() leaves it: fails with METERBUS_E_NO_LINK.
	 */
	unsigned int link_wait_ms;
	struct meterbus_netlink *netlink;	/* private */
};

/*
 * Opens a bus. @name: "mbus0", "0", "/dev/mbus0", the tty that carries it
 * ("ttyACM2", "/dev/serial/by-path/..."), or NULL for the only one. Returns
 * 0, or -1 with METERBUS_E_NO_BUS (the text lists the buses there are, or how
 * to attach one), METERBUS_E_PERMISSION, METERBUS_E_UNPLUGGED,
 * METERBUS_E_SYSTEM. meterbus_bus_close() is right after either.
 */
int meterbus_bus_open(struct meterbus_bus *bus, const char *name,
		      struct meterbus_error *err);
void meterbus_bus_close(struct meterbus_bus *bus);

/*
 * Number of the bus that @name means, see meterbus_bus_open(). Returns 0, or
 * -1 with METERBUS_E_NO_BUS.
 */
int meterbus_bus_find(const char *name, unsigned int *number,
		      struct meterbus_error *err);

/*
 * Numbers of all buses, ascending, up to @max of them into @numbers. Returns
 * how many there are (which may be more than @max).
 */
size_t meterbus_bus_list(unsigned int *numbers, size_t max);

/*
 * Name of the tty below bus @number, without /dev/, as the system tells it
 * without opening the bus. Returns 0, or -1 if there is no such bus.
 */
int meterbus_bus_tty(unsigned int number, char *tty, size_t size);

/*
 * Number of the bus on @tty, with or without /dev/. Returns 0, or -1 if that
 * tty carries none.
 */
int meterbus_bus_on_tty(const char *tty, unsigned int *number);

/* One record with its data. */
struct meterbus_record {
	struct meterbus_bus_record head;
	uint8_t data[METERBUS_DATA_MAX];
};

/*
 * Starts record mode: from now on meterbus_bus_read_record() returns all
 * traffic, findings and outcomes.
 */
int meterbus_bus_monitor(struct meterbus_bus *bus, struct meterbus_error *err);

/*
 * Waits for the next record. Returns 1, or 0 when the bus was unplugged and
 * all records have been read, or -1 (EINTR: METERBUS_E_SYSTEM with errno kept).
 */
int meterbus_bus_read_record(struct meterbus_bus *bus,
			     struct meterbus_record *record,
			     struct meterbus_error *err);

METERBUS_END_DECLS

#endif
