/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Findings of the buses since the daemon began. The caller locks.
 */
#ifndef MBUSD_API_FINDINGS_H
#define MBUSD_API_FINDINGS_H

#include <json-c/json.h>

struct findings;

struct findings *findings_new(void);	/* NULL without memory */
void findings_free(struct findings *findings);

/* @object is that of the event "finding". */
void findings_add(struct findings *findings, struct json_object *object);

/* See journal_findings(); the newest first. */
struct json_object *findings_list(const struct findings *findings,
				  const char *bus);

#endif
