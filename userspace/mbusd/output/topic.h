/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names as parts of MQTT topics: different names, different parts.
 */
#ifndef MBUSD_TOPIC_H
#define MBUSD_TOPIC_H

/*
 * @prefix/@name as one level below the prefix: + # / and %, control characters and
 * invalid UTF-8 are written as %XX, and also the first letter of the @reserved
 * name, which may be NULL. The caller frees it; NULL without memory.
 */
char *topic_below(const char *prefix, const char *name, const char *reserved);

/*
 * @name in letters, digits, _ and -, as Home Assistant requires. If that changes
 * it, a checksum of the whole name follows. The caller frees it; NULL without
 * memory.
 */
char *topic_plain(const char *name);

#endif
