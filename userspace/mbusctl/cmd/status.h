/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The JSON object of a bus, shared by status and events. */
#ifndef MBUSCTL_STATUS_H
#define MBUSCTL_STATUS_H

#include <meterbus/settings.h>

struct json_object;

/* The object that 'status --json' prints; the caller puts it. */
struct json_object *status_json(const struct meterbus_status *status);

#endif
