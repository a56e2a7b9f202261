/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prints records of a bus, live or from a recording, on stdout.
 */
#ifndef MBUSCTL_SHOW_H
#define MBUSCTL_SHOW_H

#include <meterbus/bus.h>

/*
 * The difference of CLOCK_REALTIME and CLOCK_MONOTONIC, in which records are
 * timed. Call it once for each record, so that a clock step is followed and
 * the times of one record fit together. Returns @before, the last value, while
 * the difference is within the error of reading two clocks, so that equal
 * times stay equal.
 */
int64_t wall_offset_now(int64_t before);

/* As one line of text, or as one of JSON. */
void show_record(const struct meterbus_record *record, int64_t wall_offset);
void show_record_json(const struct meterbus_record *record, const char *bus,
		      int64_t wall_offset);

#endif
