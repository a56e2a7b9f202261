/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes the records of a bus to a file, in the format that its name selects
 * (Documentation/recording.md).
 */
#ifndef MBUSCTL_RECORDER_H
#define MBUSCTL_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <meterbus/bus.h>
#include <meterbus/recording.h>

/* The name selects pcapng, for Wireshark. */
bool is_pcapng(const char *path);

struct recorder;

/*
 * Creates or overwrites @path. At @rotate bytes (0: no limit) it is renamed to
 * @path.1 and begun again. NULL with *err.
 */
struct recorder *recorder_open(const char *path, unsigned long rotate,
			       unsigned int bus, struct meterbus_error *err);
/* The same for the records of another recording with the head @head. */
struct recorder *recorder_copy(const char *path,
			       const struct meterbus_recording_head *head,
			       struct meterbus_error *err);

/* When it returns 0 the kernel has the record. */
int recorder_write(struct recorder *recorder,
		   const struct meterbus_record *record,
		   int64_t wall_offset_ns, struct meterbus_error *err);

/* @recorder may be NULL. */
int recorder_close(struct recorder *recorder, struct meterbus_error *err);

/* pcapng.c: the blocks of a file for Wireshark. */
void pcapng_head(FILE *out, const struct meterbus_recording_head *head);
void pcapng_record(FILE *out, const struct meterbus_record *record,
		   int64_t wall_offset_ns);

#endif
