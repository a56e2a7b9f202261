// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Words for codes in headers (EN 13757-3 and -7).
 */
#include <stddef.h>

#include <meterbus/decode.h>

#include "decode/profile.h"

const char *meterbus_medium_name(uint8_t medium)
{
	static const char *const names[] = {
		[0x00] = "other",
		[0x01] = "oil",
		[0x02] = "electricity",
		[0x03] = "gas",
		[0x04] = "heat",
		[0x05] = "steam",
		[0x06] = "warm water",
		[0x07] = "water",
		[0x08] = "heat cost allocator",
		[0x09] = "compressed air",
		[0x0A] = "cooling",
		[0x0B] = "cooling (inlet)",
		[0x0C] = "heat (inlet)",
		[0x0D] = "heat/cooling",
		[0x0E] = "bus/system component",
		[0x0F] = "unknown",
		[0x14] = "calorific value",
		[0x15] = "hot water",
		[0x16] = "cold water",
		[0x17] = "hot/cold water",
		[0x18] = "pressure",
		[0x19] = "A/D converter",
		[0x1A] = "smoke detector",
		[0x1B] = "room sensor",
		[0x1C] = "gas detector",
		[0x20] = "breaker",
		[0x21] = "valve",
		[0x25] = "display",
		[0x28] = "waste water",
		[0x29] = "garbage",
		[0x2A] = "carbon dioxide",
		[0x31] = "communication controller",
		[0x32] = "unidirectional repeater",
		[0x33] = "bidirectional repeater",
		[0x36] = "radio converter (system side)",
		[0x37] = "radio converter (meter side)",
		[0x38] = "wired adapter",
	};

	if (medium >= sizeof(names) / sizeof(names[0]) || !names[medium])
		return "reserved";
	return names[medium];
}

static const char *const status_bits[8] = {
	[2] = "low power",
	[3] = "permanent error",
	[4] = "temporary error",
	[5] = "manufacturer specific 1",
	[6] = "manufacturer specific 2",
	[7] = "manufacturer specific 3",
};

static unsigned int add_bits(uint8_t status, unsigned int count,
			     const char *flags[METERBUS_STATUS_FLAGS])
{
	for (unsigned int bit = 2; bit < 8; bit++)
		if (status & 1U << bit)
			flags[count++] = status_bits[bit];
	return count;
}

unsigned int meterbus_status_flags(uint8_t status,
				   const char *flags[METERBUS_STATUS_FLAGS])
{
	static const char *const application[] = {
		NULL, "application busy", "application error",
		"abnormal condition"
	};
	unsigned int count = 0;

	if (status & 3)
		flags[count++] = application[status & 3];
	return add_bits(status, count, flags);
}

/* The lowest bits of the fixed structure's status give the kind of counters. */
#define FIXED_STATUS_STORED 0x02

unsigned int meterbus_header_flags(const struct meterbus_header *header,
				   const char *flags[METERBUS_STATUS_FLAGS])
{
	unsigned int count = 0;

	if (header->kind != METERBUS_HEADER_FIXED)
		return meterbus_status_flags(header->status, flags);
	if (header->status & FIXED_STATUS_STORED)
		flags[count++] = "stored at a fixed date";
	return add_bits(header->status, count, flags);
}

unsigned int meterbus_application_flags(const struct meterbus_application *app,
					const char *flags[METERBUS_STATUS_FLAGS])
{
	const struct meterbus_header *header = &app->header;
	unsigned int count = 0, bits = 0;

	if (!app->has_header)
		return 0;
	count = meterbus_header_flags(header, flags);
	if (!app->profile)
		return count;
	/* They come last, in their order. */
	for (unsigned int i = 0; i < PROFILE_STATUS_BITS; i++)
		bits += header->status >> (PROFILE_STATUS_FIRST + i) & 1;
	for (unsigned int i = 0; i < PROFILE_STATUS_BITS; i++) {
		if (!(header->status >> (PROFILE_STATUS_FIRST + i) & 1))
			continue;
		if (app->profile->status[i])
			flags[count - bits] = app->profile->status[i];
		bits--;
	}
	return count;
}
