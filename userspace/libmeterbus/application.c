// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Application layer (EN 13757-7): what the CI field says the rest is.
 */
#include <string.h>

#include <meterbus/decode.h>

enum header { HEADER_NONE, HEADER_SHORT, HEADER_LONG };

#define HEADER_SHORT_LEN	4
#define HEADER_LONG_LEN		12

enum contents {
	CONTENTS_COMMAND,	/* the CI says all, or takes a parameter */
	CONTENTS_RECORDS,
	CONTENTS_ERROR,
	CONTENTS_OTHER,		/* has a structure that is not taken apart */
};

struct ci {
	uint8_t first, last;
	uint8_t header;		/* enum header */
	uint8_t contents;	/* enum contents */
	const char *name;
};

static const struct ci cis[] = {
	{ 0x00, 0x1F, HEADER_NONE, CONTENTS_OTHER, "DLMS" },
	{ 0x50, 0x50, HEADER_NONE, CONTENTS_COMMAND, "application reset" },
	{ 0x51, 0x51, HEADER_NONE, CONTENTS_RECORDS, "data to the meter" },
	{ 0x52, 0x52, HEADER_NONE, CONTENTS_COMMAND, "selection" },
	{ 0x53, 0x53, HEADER_LONG, CONTENTS_COMMAND, "application reset" },
	{ 0x54, 0x54, HEADER_NONE, CONTENTS_COMMAND,
	  "request of the selected application" },
	{ 0x55, 0x55, HEADER_LONG, CONTENTS_COMMAND,
	  "request of the selected application" },
	{ 0x5A, 0x5A, HEADER_SHORT, CONTENTS_RECORDS, "data to the meter" },
	{ 0x5B, 0x5B, HEADER_LONG, CONTENTS_RECORDS, "data to the meter" },
	{ 0x5C, 0x5C, HEADER_NONE, CONTENTS_COMMAND, "synchronized action" },
	{ 0x60, 0x60, HEADER_LONG, CONTENTS_OTHER, "DLMS command" },
	{ 0x61, 0x61, HEADER_SHORT, CONTENTS_OTHER, "DLMS command" },
	{ 0x64, 0x64, HEADER_LONG, CONTENTS_OTHER, "OBIS command" },
	{ 0x65, 0x65, HEADER_SHORT, CONTENTS_OTHER, "OBIS command" },
	{ 0x66, 0x66, HEADER_NONE, CONTENTS_OTHER, "selected application" },
	{ 0x67, 0x67, HEADER_SHORT, CONTENTS_OTHER, "selected application" },
	{ 0x68, 0x68, HEADER_LONG, CONTENTS_OTHER, "selected application" },
	{ 0x69, 0x69, HEADER_NONE, CONTENTS_OTHER, "format frame" },
	{ 0x6A, 0x6A, HEADER_SHORT, CONTENTS_OTHER, "format frame" },
	{ 0x6B, 0x6B, HEADER_LONG, CONTENTS_OTHER, "format frame" },
	{ 0x6C, 0x6C, HEADER_LONG, CONTENTS_OTHER, "clock, absolute" },
	{ 0x6D, 0x6D, HEADER_LONG, CONTENTS_OTHER, "clock, relative" },
	{ 0x6E, 0x6E, HEADER_SHORT, CONTENTS_ERROR, "application error" },
	{ 0x6F, 0x6F, HEADER_LONG, CONTENTS_ERROR, "application error" },
	{ 0x70, 0x70, HEADER_NONE, CONTENTS_ERROR, "application error" },
	{ 0x71, 0x71, HEADER_NONE, CONTENTS_OTHER, "alarm" },
	{ 0x72, 0x72, HEADER_LONG, CONTENTS_RECORDS, "data from the meter" },
	{ 0x73, 0x73, HEADER_LONG, CONTENTS_OTHER, "compact frame" },
	{ 0x74, 0x74, HEADER_SHORT, CONTENTS_OTHER, "alarm" },
	{ 0x75, 0x75, HEADER_LONG, CONTENTS_OTHER, "alarm" },
	{ 0x76, 0x76, HEADER_NONE, CONTENTS_OTHER,
	  "data from the meter, high byte first" },
	{ 0x77, 0x77, HEADER_NONE, CONTENTS_OTHER,
	  "fixed data structure, high byte first" },
	{ 0x78, 0x78, HEADER_NONE, CONTENTS_RECORDS, "data from the meter" },
	{ 0x79, 0x79, HEADER_NONE, CONTENTS_OTHER, "compact frame" },
	{ 0x7A, 0x7A, HEADER_SHORT, CONTENTS_RECORDS, "data from the meter" },
	{ 0x7B, 0x7B, HEADER_SHORT, CONTENTS_OTHER, "compact frame" },
	{ 0x7C, 0x7C, HEADER_LONG, CONTENTS_OTHER, "DLMS data" },
	{ 0x7D, 0x7D, HEADER_SHORT, CONTENTS_OTHER, "DLMS data" },
	{ 0x7E, 0x7E, HEADER_LONG, CONTENTS_OTHER, "OBIS data" },
	{ 0x7F, 0x7F, HEADER_SHORT, CONTENTS_OTHER, "OBIS data" },
	{ 0xA0, 0xB7, HEADER_NONE, CONTENTS_OTHER, "manufacturer specific" },
	{ 0xB8, 0xB8, HEADER_NONE, CONTENTS_COMMAND, "set 300 Bd" },
	{ 0xB9, 0xB9, HEADER_NONE, CONTENTS_COMMAND, "set 600 Bd" },
	{ 0xBA, 0xBA, HEADER_NONE, CONTENTS_COMMAND, "set 1200 Bd" },
	{ 0xBB, 0xBB, HEADER_NONE, CONTENTS_COMMAND, "set 2400 Bd" },
	{ 0xBC, 0xBC, HEADER_NONE, CONTENTS_COMMAND, "set 4800 Bd" },
	{ 0xBD, 0xBD, HEADER_NONE, CONTENTS_COMMAND, "set 9600 Bd" },
	{ 0xBE, 0xBE, HEADER_NONE, CONTENTS_COMMAND, "set 19200 Bd" },
	{ 0xBF, 0xBF, HEADER_NONE, CONTENTS_COMMAND, "set 38400 Bd" },
	{ 0xC0, 0xC2, HEADER_NONE, CONTENTS_OTHER, "image transfer" },
	{ 0xC3, 0xC5, HEADER_NONE, CONTENTS_OTHER, "security information" },
};

static const struct ci unknown_ci = { 0x00, 0xFF, HEADER_NONE, CONTENTS_OTHER,
				      "unknown CI field" };
/* Meters from before 2018 use CI 73 for it; its length tells. */
#define CI_FIXED	0x73
#define FIXED_LEN	16
static const struct ci fixed_ci = { CI_FIXED, CI_FIXED, HEADER_NONE,
				    CONTENTS_OTHER, "fixed data structure" };

static const struct ci *find_ci(uint8_t code, size_t data_len)
{
	if (code == CI_FIXED && data_len == FIXED_LEN)
		return &fixed_ci;
	for (size_t i = 0; i < sizeof(cis) / sizeof(cis[0]); i++)
		if (code >= cis[i].first && code <= cis[i].last)
			return &cis[i];
	return &unknown_ci;
}

static void take_header(struct meterbus_header *header, const uint8_t *bytes,
			enum header kind)
{
	memset(header, 0, sizeof(*header));
	if (kind == HEADER_LONG) {
		header->has_address = true;
		header->address.secondary = true;
		memcpy(header->address.bytes, bytes, 8);
		header->manufacturer = bytes[4] | bytes[5] << 8;
		header->version = bytes[6];
		header->medium = bytes[7];
		bytes += 8;
	}
	header->access_number = bytes[0];
	header->status = bytes[1];
	header->config = bytes[2] | bytes[3] << 8;
}

/*
 * The configuration word names a mode and how much of the data it hides. Old
 * meters fill the same bytes with a signature, so what makes no sense as a
 * configuration is none.
 */
static void find_encryption(struct meterbus_application *app)
{
	unsigned int mode = app->header.config >> 8 & 0x1F;
	unsigned int low = app->header.config & 0xFF;
	size_t len;

	switch (mode) {
	case 2:
	case 3:
		/* DES: whole blocks of 8 bytes */
		len = low % 8 ? 0 : low;
		break;
	case 4:
	case 5:
		len = 16 * (low >> 4);
		break;
	case 7:
		/* one more byte of configuration precedes the blocks */
		len = low >> 4 ? 1 + 16 * (low >> 4) : 0;
		break;
	default:
		return;
	}
	if (!len || len > app->records_len)
		return;
	app->encryption_mode = mode;
	app->encrypted_len = len;
}

static const char *application_error_name(uint8_t code)
{
	static const char *const names[] = {
		"unspecified error",
		"CI field not implemented",
		"telegram too long for the meter's buffer",
		"too many records",
		"record ends early",
		"more than 10 DIFEs",
		"more than 10 VIFEs",
		NULL,
		"meter is busy",
		"too many readouts, the meter saves its battery",
	};
	const char *name = NULL;

	if (code < sizeof(names) / sizeof(names[0]))
		name = names[code];
	return name ? name : "reserved error code";
}

static void take_contents(struct meterbus_application *app,
			  enum contents contents)
{
	switch (contents) {
	case CONTENTS_COMMAND:
		return;
	case CONTENTS_RECORDS:
		app->records = app->body;
		app->records_len = app->body_len;
		if (app->has_header)
			find_encryption(app);
		return;
	case CONTENTS_ERROR:
		if (app->body_len)
			app->application_error_code = app->body[0];
		app->application_error =
			application_error_name(app->application_error_code);
		return;
	case CONTENTS_OTHER:
		app->error = "contents of this kind are not decoded";
		return;
	}
}

void meterbus_application_parse(struct meterbus_application *app,
				const struct meterbus_telegram *telegram)
{
	static const size_t header_len[] = {
		[HEADER_NONE] = 0,
		[HEADER_SHORT] = HEADER_SHORT_LEN,
		[HEADER_LONG] = HEADER_LONG_LEN,
	};
	const struct ci *ci;

	memset(app, 0, sizeof(*app));
	if (telegram->type != METERBUS_TELEGRAM_LONG)
		return;
	ci = find_ci(telegram->ci, telegram->data_len);
	app->ci = telegram->ci;
	app->ci_name = ci->name;
	app->from_master = telegram->c & METERBUS_C_PRM;
	app->body = telegram->data;
	app->body_len = telegram->data_len;
	if (app->body_len < header_len[ci->header]) {
		app->error = "the header is cut short";
		return;
	}
	if (ci->header != HEADER_NONE) {
		app->has_header = true;
		take_header(&app->header, app->body, ci->header);
		app->body += header_len[ci->header];
		app->body_len -= header_len[ci->header];
	}
	take_contents(app, ci->contents);
}

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

unsigned int meterbus_status_flags(uint8_t status,
				   const char *flags[METERBUS_STATUS_FLAGS])
{
	static const char *const application[] = {
		NULL, "application busy", "application error",
		"abnormal condition"
	};
	static const char *const bits[] = {
		[2] = "low power",
		[3] = "permanent error",
		[4] = "temporary error",
		[5] = "manufacturer specific 1",
		[6] = "manufacturer specific 2",
		[7] = "manufacturer specific 3",
	};
	unsigned int count = 0;

	if (status & 3)
		flags[count++] = application[status & 3];
	for (unsigned int bit = 2; bit < 8; bit++)
		if (status & 1U << bit)
			flags[count++] = bits[bit];
	return count;
}
