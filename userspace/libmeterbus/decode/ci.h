/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The CI field (EN 13757-7, table of CI values): what follows it.
 */
#ifndef LIBMETERBUS_CI_H
#define LIBMETERBUS_CI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <meterbus/decode.h>

#define HEADER_SHORT_LEN	4
#define HEADER_LONG_LEN		12
#define FIXED_LEN		16	/* its start and both counters */

#define CI_FIXED		0x73
#define CI_FIXED_MSB		0x77
#define CI_APPLICATION_RESET	0x50
#define CI_APPLICATION_RESET_LONG 0x53

struct ci {
	uint8_t first, last;
	uint8_t header;		/* enum meterbus_header_kind */
	uint8_t contents;	/* enum meterbus_contents */
	bool high_byte_first;
	const char *name;
};

/*
 * The meaning of CI field @code with @len bytes behind it, never NULL: some
 * codes of meters from before 2018 mean something else since, and only the
 * length tells.
 */
const struct ci *ci_find(uint8_t code, size_t len);

#endif
