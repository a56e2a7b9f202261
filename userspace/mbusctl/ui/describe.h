/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bytes of the wire in words.
 */
#ifndef MBUSCTL_DESCRIBE_H
#define MBUSCTL_DESCRIBE_H

#include <stddef.h>
#include <stdint.h>

#define DESCRIPTION_SIZE 128

/*
 * One telegram by its fields, e.g. "REQ_UD2 FCB=1 A=253" or "RSP_UD A=0
 * CI=72 31892743.HYD.28.04"; returns @out.
 */
char *describe_telegram(char out[DESCRIPTION_SIZE], const uint8_t *bytes,
			size_t len);

/* Names of METERBUS_FLAG_* for people and programs: calls @each for all set. */
void each_flag(uint32_t flags, void (*each)(const char *name, void *context),
	       void *context);

#endif
