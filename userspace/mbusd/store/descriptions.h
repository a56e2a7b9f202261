/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef MBUSD_DESCRIPTIONS_H
#define MBUSD_DESCRIPTIONS_H

#include <meterbus/meters.h>

/*
 * Descriptions of meters, loaded at the first call, from any thread. NULL if one
 * is faulty, which is logged.
 */
const struct meterbus_meters *descriptions(void);

#endif
