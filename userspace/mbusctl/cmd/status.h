/* SPDX-License-Identifier: GPL-2.0-or-later */
/* State of buses and of mbusd, as text and JSON. */
#ifndef MBUSCTL_STATUS_H
#define MBUSCTL_STATUS_H

#include <meterbus/settings.h>

struct json_object;

/* The object that 'status --json' prints; the caller puts it. */
struct json_object *status_json(const struct meterbus_status *status);

/*
 * Prints buses, outputs and store of mbusd; with --json the object of /v1/status,
 * in which "buses" and "outputs" are lists. Returns an exit status.
 */
int status_daemon(void);

#endif
