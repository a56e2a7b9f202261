/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes what a bus sees to a file, in one of the formats of
 * Documentation/recording.md, chosen by the file's name.
 */
#ifndef MBUSCTL_RECORDER_H
#define MBUSCTL_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <meterbus/bus.h>
#include <meterbus/recording.h>

/* By its name: is it one for Wireshark? */
bool is_pcapng(const char *path);

struct recorder;

/*
 * Begins @path, which is written over, and again whenever it is as large as
 * @rotate bytes (0: never); the one before is then @path.1. NULL with *err.
 */
struct recorder *recorder_open(const char *path, unsigned long rotate,
			       unsigned int bus, struct meterbus_error *err);
/* The same for what another recording with this head has, for Wireshark. */
struct recorder *recorder_copy(const char *path,
			       const struct meterbus_recording_head *head,
			       struct meterbus_error *err);

/* In the file when it returns 0; a crash of ours cannot take it back. */
int recorder_write(struct recorder *recorder,
		   const struct meterbus_record *record,
		   int64_t wall_offset_ns, struct meterbus_error *err);

/* NULL is fine. */
int recorder_close(struct recorder *recorder, struct meterbus_error *err);

/* pcapng.c: the blocks of a file for Wireshark. */
void pcapng_head(FILE *out, const struct meterbus_recording_head *head);
void pcapng_record(FILE *out, const struct meterbus_record *record,
		   int64_t wall_offset_ns);

#endif
