/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Recordings: all that a bus saw, in a file, as Documentation/recording.md
 * describes it. Text, one JSON object a line: a head, then records.
 */
#ifndef METERBUS_RECORDING_H
#define METERBUS_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <meterbus/bus.h>
#include <meterbus/error.h>
#include <meterbus/settings.h>
#include <meterbus/version.h>

METERBUS_BEGIN_DECLS

struct json_object;

/* The bus, and its wall clock. */
struct meterbus_recording_head {
	char bus[16];		/* "mbus0" */
	char tty[64];		/* "ttyACM2" */
	uint32_t baud;
	struct meterbus_timing timing;
	uint64_t clock_ns;	/* a moment by the clock of the records */
	int64_t wall_ns;	/* the same since 1970, UTC */
};

/* The head of a recording that begins now. */
void meterbus_recording_head(struct meterbus_recording_head *head,
			     const struct meterbus_status *status);

/*
 * The object of one line; @wall_offset_ns is what to add to a record's times
 * for nanoseconds since 1970. NULL when there is no memory.
 */
struct json_object *
meterbus_recording_head_json(const struct meterbus_recording_head *head);
struct json_object *meterbus_record_json(const struct meterbus_record *record,
					 const char *bus,
					 int64_t wall_offset_ns);

/* A recording that is read. */
struct meterbus_recording;

/*
 * Reads the head of @in, which stays the caller's; @name is for errors. NULL
 * with METERBUS_E_DECODE when it is none.
 */
struct meterbus_recording *meterbus_recording_open(FILE *in, const char *name,
						   struct meterbus_error *err);
void meterbus_recording_close(struct meterbus_recording *recording);

/* The head that counts for the record that came last. */
const struct meterbus_recording_head *
meterbus_recording_head_of(const struct meterbus_recording *recording);

/*
 * The next record. Returns 1; 0 at the end; -1 with METERBUS_E_DECODE (which
 * line, and why) or METERBUS_E_SYSTEM. A last line without its end is what a
 * crash leaves: it is not read, and meterbus_recording_cut() is true then.
 */
int meterbus_recording_next(struct meterbus_recording *recording,
			    struct meterbus_record *record,
			    struct meterbus_error *err);
bool meterbus_recording_cut(const struct meterbus_recording *recording);

METERBUS_END_DECLS

#endif
