/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages: one line each on stderr, with journald's <N> priorities where stderr
 * is the journal (JOURNAL_STREAM). Control characters are escaped.
 */
#ifndef MBUSD_LOG_H
#define MBUSD_LOG_H

void log_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_warning(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_notice(const char *format, ...) __attribute__((format(printf, 1, 2)));
void log_debug(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* --verbose: debug messages, too. */
void log_verbose(void);

#endif
