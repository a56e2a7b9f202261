/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Records of a bus, shown on stdout as they come or from a recording.
 */
#ifndef MBUSCTL_SHOW_H
#define MBUSCTL_SHOW_H

#include <meterbus/bus.h>

/*
 * What to add to CLOCK_MONOTONIC, which records carry, for the clock on the
 * wall. Looked at once a record, so that a clock that is set while we run
 * shows and the times of one record still fit together; @before is returned
 * while it differs by no more than our own reading of two clocks does: equal
 * times stay equal.
 */
int64_t wall_offset_now(int64_t before);

/* As one line of text, or as one of JSON. */
void show_record(const struct meterbus_record *record, int64_t wall_offset);
void show_record_json(const struct meterbus_record *record, const char *bus,
		      int64_t wall_offset);

#endif
