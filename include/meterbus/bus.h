/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * /dev/mbusN as a link, and what else the driver reports about a bus.
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

/* An open bus. It belongs to one thread at a time. */
struct meterbus_bus;

/*
 * Opens a bus. @name: "mbus0", "0", "/dev/mbus0", the tty that carries it
 * ("ttyACM2", "/dev/serial/by-path/..."), or NULL for the only one. NULL with
 * METERBUS_E_NO_BUS (the text lists the buses there are), _PERMISSION,
 * _UNPLUGGED, _SYSTEM.
 */
struct meterbus_bus *meterbus_bus_open(const char *name,
				       struct meterbus_error *err);
void meterbus_bus_close(struct meterbus_bus *bus);

/* The link that it is, for a master. */
struct meterbus_link *meterbus_bus_link(struct meterbus_bus *bus);
/* Its file descriptor: POLLIN with records, POLLHUP when it is unplugged. */
int meterbus_bus_fd(const struct meterbus_bus *bus);
unsigned int meterbus_bus_number(const struct meterbus_bus *bus);
const char *meterbus_bus_name(const struct meterbus_bus *bus); /* "mbus0" */

/*
 * Milliseconds that an exchange waits for a gateway that is not connected, or
 * lost its connection under it, to send (again) then. 0, the default: it fails
 * with METERBUS_E_NO_LINK.
 */
void meterbus_bus_set_link_wait(struct meterbus_bus *bus, unsigned int ms);

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
 * Name of the tty below bus @number, without /dev/, as the system has it
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
