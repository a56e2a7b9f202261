/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sections of mbusd.conf(5) for a bus and for meters that a search found.
 */
#ifndef MBUSCTL_SECTION_H
#define MBUSCTL_SECTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <meterbus/search.h>
#include <meterbus/settings.h>

/* The default interval of readouts. */
#define SECTION_SCHEDULE "15m"

/*
 * Prints [bus @name] for the bus of @status: its adapter by a name that stays
 * the same, its baud rate, and the times that were set. @baud is that at which
 * the meters answered.
 */
void section_print_bus(FILE *out, const char *name,
		       const struct meterbus_status *status, unsigned int baud);

/*
 * Prints a [meter] for each of @found, sorted by name: the number on the face,
 * or the whole address where several share the number. @primary: they are read
 * by primary address. Sorts @found.
 */
void section_print_meters(FILE *out, const char *bus,
			  const struct meterbus_found **found, size_t count,
			  bool primary);

#endif
