/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MBUSD_DESCRIPTIONS_H
#define MBUSD_DESCRIPTIONS_H

#include <meterbus/meters.h>

/*
 * What is known of meters beyond the standard; read once, at the first call, by
 * whichever thread. NULL if a description is faulty, which is reported then.
 */
const struct meterbus_meters *descriptions(void);

#endif
