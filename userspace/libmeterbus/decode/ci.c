// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode/ci.h"

#define NONE	METERBUS_HEADER_NONE
#define SHORT	METERBUS_HEADER_SHORT
#define LONG	METERBUS_HEADER_LONG
#define FIXED	METERBUS_HEADER_FIXED

#define COMMAND(code, header, name)					\
	{ code, code, header, METERBUS_CONTENTS_COMMAND, false, name }
#define RECORDS(code, header, name)					\
	{ code, code, header, METERBUS_CONTENTS_RECORDS, false, name }
#define FORMAT(code, header)						\
	{ code, code, header, METERBUS_CONTENTS_FORMAT, false, "format frame" }
#define COMPACT(code, header)						\
	{ code, code, header, METERBUS_CONTENTS_COMPACT, false, "compact frame" }
#define ALARM(code, header)						\
	{ code, code, header, METERBUS_CONTENTS_ALARM, false, "alarm" }
#define ERROR(code, header)						\
	{ code, code, header, METERBUS_CONTENTS_ERROR, false,		\
	  "application error" }
#define OTHER(code, header, name)					\
	{ code, code, header, METERBUS_CONTENTS_OTHER, false, name }
#define OTHERS(first, last, name)					\
	{ first, last, NONE, METERBUS_CONTENTS_OTHER, false, name }

#define UNKNOWN "unknown CI field"

/* In order of the codes, without gaps; the most frequent one stands apart. */
static const struct ci cis[] = {
	OTHERS(0x00, 0x1F, "DLMS"),
	OTHERS(0x20, 0x4F, UNKNOWN),
	COMMAND(0x50, NONE, "application reset"),
	RECORDS(0x51, NONE, "data to the meter"),
	{ 0x52, 0x52, NONE, METERBUS_CONTENTS_SELECTION, false, "selection" },
	COMMAND(0x53, LONG, "application reset"),
	COMMAND(0x54, NONE, "request of the selected application"),
	COMMAND(0x55, LONG, "request of the selected application"),
	{ 0x56, 0x56, NONE, METERBUS_CONTENTS_SELECTION, true,
	  "selection, high byte first" },
	OTHERS(0x57, 0x59, UNKNOWN),
	RECORDS(0x5A, SHORT, "data to the meter"),
	RECORDS(0x5B, LONG, "data to the meter"),
	COMMAND(0x5C, NONE, "synchronized action"),
	OTHERS(0x5D, 0x5E, UNKNOWN),
	OTHER(0x5F, LONG, "specific usage"),
	OTHER(0x60, LONG, "DLMS command"),
	OTHER(0x61, SHORT, "DLMS command"),
	OTHERS(0x62, 0x63, UNKNOWN),
	OTHER(0x64, LONG, "OBIS command"),
	OTHER(0x65, SHORT, "OBIS command"),
	OTHER(0x66, NONE, "selected application"),
	OTHER(0x67, SHORT, "selected application"),
	OTHER(0x68, LONG, "selected application"),
	FORMAT(0x69, NONE),
	FORMAT(0x6A, SHORT),
	FORMAT(0x6B, LONG),
	OTHER(0x6C, LONG, "clock, absolute"),
	OTHER(0x6D, LONG, "clock, relative"),
	ERROR(0x6E, SHORT),
	ERROR(0x6F, LONG),
	ERROR(0x70, NONE),
	ALARM(0x71, NONE),
	RECORDS(0x72, LONG, "data from the meter"),
	COMPACT(0x73, LONG),
	ALARM(0x74, SHORT),
	ALARM(0x75, LONG),
	{ 0x76, 0x76, LONG, METERBUS_CONTENTS_RECORDS, true,
	  "data from the meter, high byte first" },
	{ 0x77, 0x77, FIXED, METERBUS_CONTENTS_FIXED, true,
	  "fixed data structure, high byte first" },
	RECORDS(0x78, NONE, "data from the meter"),
	COMPACT(0x79, NONE),
	RECORDS(0x7A, SHORT, "data from the meter"),
	COMPACT(0x7B, SHORT),
	OTHER(0x7C, LONG, "DLMS data"),
	OTHER(0x7D, SHORT, "DLMS data"),
	OTHER(0x7E, LONG, "OBIS data"),
	OTHER(0x7F, SHORT, "OBIS data"),
	OTHER(0x80, LONG, "transport layer to the meter"),
	OTHERS(0x81, 0x81, "network layer"),
	OTHER(0x82, LONG, "network management to the meter"),
	OTHERS(0x83, 0x83, "network management to the meter"),
	OTHER(0x84, LONG, "transport layer, compact frame expected"),
	OTHER(0x85, LONG, "transport layer, format frame expected"),
	OTHERS(0x86, 0x86, "extended link layer"),
	OTHER(0x87, LONG, "network management from the meter"),
	OTHER(0x88, SHORT, "network management from the meter"),
	OTHERS(0x89, 0x89, "network management from the meter"),
	OTHER(0x8A, SHORT, "transport layer from the meter"),
	OTHER(0x8B, LONG, "transport layer from the meter"),
	OTHERS(0x8C, 0x8F, "extended link layer"),
	OTHERS(0x90, 0x90, "authentication and fragmentation"),
	OTHERS(0x91, 0x9D, UNKNOWN),
	OTHER(0x9E, SHORT, "specific usage"),
	OTHER(0x9F, LONG, "specific usage"),
	OTHERS(0xA0, 0xB7, "manufacturer specific"),
	COMMAND(0xB8, NONE, "set 300 Bd"),
	COMMAND(0xB9, NONE, "set 600 Bd"),
	COMMAND(0xBA, NONE, "set 1200 Bd"),
	COMMAND(0xBB, NONE, "set 2400 Bd"),
	COMMAND(0xBC, NONE, "set 4800 Bd"),
	COMMAND(0xBD, NONE, "set 9600 Bd"),
	COMMAND(0xBE, NONE, "set 19200 Bd"),
	COMMAND(0xBF, NONE, "set 38400 Bd"),
	OTHER(0xC0, LONG, "image transfer to the meter"),
	OTHER(0xC1, SHORT, "image transfer from the meter"),
	OTHER(0xC2, LONG, "image transfer from the meter"),
	OTHER(0xC3, LONG, "security information to the meter"),
	OTHER(0xC4, SHORT, "security information from the meter"),
	OTHER(0xC5, LONG, "security information from the meter"),
	OTHERS(0xC6, 0xFF, UNKNOWN),
};

/* What these codes were until 2018. */
static const struct ci old_fixed = { CI_FIXED, CI_FIXED, FIXED,
				     METERBUS_CONTENTS_FIXED, false,
				     "fixed data structure" };
#define CI_OLD_SEND_MSB 0x55
static const struct ci old_send_msb = { CI_OLD_SEND_MSB, CI_OLD_SEND_MSB, NONE,
					METERBUS_CONTENTS_RECORDS, true,
					"data to the meter, high byte first" };

static const struct ci response = RECORDS(METERBUS_CI_RSP_LONG, LONG,
					  "data from the meter");

const struct ci *ci_find(uint8_t code, size_t len)
{
	const struct ci *ci = cis;

	if (code == METERBUS_CI_RSP_LONG)
		return &response;
	/* A compact frame needs as much for its header and signature alone. */
	if (code == CI_FIXED && len <= FIXED_LEN)
		return &old_fixed;
	/* The request is a header and nothing else. */
	if (code == CI_OLD_SEND_MSB && len != HEADER_LONG_LEN)
		return &old_send_msb;
	while (ci->last < code)
		ci++;
	return ci;
}
