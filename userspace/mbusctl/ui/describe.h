/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Telegrams and flags as text.
 */
#ifndef MBUSCTL_DESCRIBE_H
#define MBUSCTL_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>

#define DESCRIPTION_SIZE 128

/*
 * The fields of a telegram, for example "REQ_UD2 FCB=1 A=253" or "RSP_UD A=0
 * CI=72 31892743.HYD.28.04"; returns @out.
 */
char *describe_telegram(char out[DESCRIPTION_SIZE], const uint8_t *bytes,
			size_t len);

/* Calls @each with the name of each METERBUS_FLAG_* that is set in @flags. */
void each_flag(uint32_t flags, void (*each)(const char *name, void *context),
	       void *context);

#endif
