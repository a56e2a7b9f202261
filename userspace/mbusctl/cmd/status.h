/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A bus as JSON, the same wherever it is told. */
#ifndef MBUSCTL_STATUS_H
#define MBUSCTL_STATUS_H

#include <meterbus/settings.h>

struct json_object;

/* The object that 'status --json' prints; the caller puts it. */
struct json_object *status_json(const struct meterbus_status *status);

#endif
