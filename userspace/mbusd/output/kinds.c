// SPDX-License-Identifier: GPL-2.0-or-later
#include "output/output.h"

/* A line for each kind of output, in the order of messages. */
#define KINDS(KIND)	\
	KIND(mqtt)	\
	KIND(influx1)	\
	KIND(influx2)	\
	KIND(webhook)	\
	KIND(exec)

#define DECLARE(kind) extern const struct output_kind output_##kind;
KINDS(DECLARE)

#define ADDRESS(kind) &output_##kind.config,
const struct config_output_kind *const output_kinds[] = {
	KINDS(ADDRESS)
	NULL
};
