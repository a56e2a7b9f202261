/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log: one event a line, "SECONDS.MICROSECONDS WORD REST", in the order of
 * time on the wire. Every function accepts a NULL log.
 */
#ifndef SIM_LOG_H
#define SIM_LOG_H

#include "units.h"

struct log;

/* NULL with errno set if the file can't be written; "-" is stderr. */
struct log *log_open(const char *path);
void log_close(struct log *l);

__attribute__((format(printf, 4, 5))) void
log_event(struct log *l, int64_t t, const char *word, const char *format, ...);

/* WORD, @prefix and the bytes in hex. */
void log_bytes(struct log *l, int64_t t, const char *word, const char *prefix,
	       const uint8_t *bytes, size_t len);

/* One byte; those that follow closely under the same word share a line. */
void log_byte(struct log *l, int64_t t, const char *word, uint8_t byte);

/* The bytes collected so far are another word's. */
void log_rename(struct log *l, const char *from, const char *to);

/* Nothing more belongs to the bytes collected so far. */
void log_flush(struct log *l);

#endif
