/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names as parts of MQTT topics: different names, different parts.
 */
#ifndef MBUSD_TOPIC_H
#define MBUSD_TOPIC_H

/*
 * @prefix/@name as one level below the prefix: + # / and %, control
 * characters and what is no UTF-8 are written as %XX. So is the first letter of
 * the @reserved name, which may be NULL. To be freed by the caller; NULL without
 * memory.
 */
char *topic_below(const char *prefix, const char *name, const char *reserved);

/*
 * @name in letters, digits, _ and - only, which is all that Home Assistant
 * allows. Where that changes it, a checksum of the whole name follows. To be
 * freed by the caller; NULL without memory.
 */
char *topic_plain(const char *name);

#endif
