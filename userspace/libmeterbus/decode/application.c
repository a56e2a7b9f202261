// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Application layer (EN 13757-3 and -7): header, encryption, contents.
 */
#include <stdio.h>
#include <string.h>

#include <meterbus/decode.h>

#include "decode/application.h"
#include "base/bytes.h"
#include "decode/ci.h"
#include "decode/fixed.h"
#include "decode/value.h"

#define WILDCARD	0xFF
#define ID_LEN		4
#define ADDRESS_LEN	8
#define MANUFACTURER_LEN 2

#define AES_BLOCK	16
#define DES_BLOCK	8

void application_take_address(struct meterbus_address *address,
			      const uint8_t *bytes, bool high_byte_first)
{
	memset(address, 0, sizeof(*address));
	address->secondary = true;
	memcpy(address->bytes, bytes, ADDRESS_LEN);
	if (!high_byte_first)
		return;
	bytes_reverse(address->bytes, bytes, ID_LEN);
	bytes_reverse(address->bytes + ID_LEN, bytes + ID_LEN,
		      MANUFACTURER_LEN);
}

static void take_header(struct meterbus_application *app, const uint8_t *bytes)
{
	struct meterbus_header *header = &app->header;

	if (header->kind == METERBUS_HEADER_LONG) {
		application_take_address(&header->address, bytes, app->high_byte_first);
		header->has_address = true;
		header->manufacturer = bytes_get16(header->address.bytes + 4,
						   false);
		header->version = bytes[6];
		header->medium = bytes[7];
		bytes += ADDRESS_LEN;
	}
	header->access_number = bytes[0];
	header->status = bytes[1];
	header->config = bytes_get16(bytes + 2, app->high_byte_first);
}

static void take_fixed_header(struct meterbus_application *app,
			      const uint8_t *bytes)
{
	struct meterbus_header *header = &app->header;

	header->address.secondary = true;
	memset(header->address.bytes, WILDCARD, ADDRESS_LEN);
	if (app->high_byte_first)
		bytes_reverse(header->address.bytes, bytes, ID_LEN);
	else
		memcpy(header->address.bytes, bytes, ID_LEN);
	header->access_number = bytes[FIXED_ACCESS];
	header->status = bytes[FIXED_STATUS];
	header->medium = fixed_medium(bytes);
	header->config = bytes_get16(bytes + FIXED_UNITS, false);
	if (fixed_counters_high_byte_first(bytes))
		app->high_byte_first = true;
}

static const char *encryption_name(unsigned int mode)
{
	static const char *const names[16] = {
		[2] = "DES-CBC",     [3] = "DES-CBC",	  [4] = "AES-128-CBC",
		[5] = "AES-128-CBC", [7] = "AES-128-CBC", [8] = "AES-128-CTR",
		[9] = "AES-128-GCM", [10] = "AES-128-CCM", [13] = "TLS",
	};

	return names[mode] ? names[mode] : "reserved";
}

/* Bits of the byte that mode 7 adds to the configuration word. */
#define CONFIG7_KEY_VERSION	0x40
#define CONFIG7_DERIVATION(byte) ((byte) >> 4 & 3)
#define CONFIG_COUNTER		0x2000	/* of the configuration word */

/*
 * Mode 7 has its configuration go on in the body: a byte, a message counter,
 * a key version, as bits say. Returns how much that is, or 0 if it does not
 * fit.
 */
static size_t take_config7(struct meterbus_application *app)
{
	const uint8_t *bytes = app->body;
	size_t len = 1;

	if (!app->body_len)
		return 0;
	app->key_derivation = CONFIG7_DERIVATION(bytes[0]);
	if (app->header.config & CONFIG_COUNTER) {
		if (app->body_len < len + 4)
			return 0;
		app->has_message_counter = true;
		app->message_counter = bytes[1] | bytes[2] << 8 |
				       bytes[3] << 16 |
				       (uint32_t)bytes[4] << 24;
		len += 4;
	}
	if (bytes[0] & CONFIG7_KEY_VERSION)
		len++;
	return len;
}

#define FILLER	0x2F

/*
 * True if the @len bytes at @body, which the header calls encrypted, are plain
 * text: it begins with two fillers, or with what no cipher brings about by
 * chance, the meter's own ID or its clock. Gateways that decrypt leave the
 * header as it was; some meters copy it from the telegrams of their radio.
 */
static bool looks_plain(const struct meterbus_application *app,
			const uint8_t *body, size_t len)
{
	const struct meterbus_header *header = &app->header;
	struct meterbus_value value;

	if (len < 2)
		return false;
	if (body[0] == FILLER && body[1] == FILLER)
		return true;
	if (len < 6)
		return false;
	if (body[0] == 0x0C && body[1] == 0x78 && header->has_address)
		return !memcmp(body + 2, header->address.bytes, ID_LEN);
	if (body[1] != 0x6D || (body[0] != 0x04 && body[0] != 0x06))
		return false;
	if (body[0] == 0x06 && len < 8)
		return false;
	return !time_decode(&value, body + 2, body[0], VIF_DATE_TIME) &&
	       value.type == METERBUS_VALUE_TIME &&
	       value.time.year != METERBUS_ANY_YEAR &&
	       value.time.month != METERBUS_ANY &&
	       value.time.day != METERBUS_ANY &&
	       value.time.hour != METERBUS_ANY &&
	       value.time.minute != METERBUS_ANY;
}

/* How many bytes the configuration word calls encrypted; 0: none. */
static size_t claimed_length(const struct meterbus_application *app,
			     unsigned int mode)
{
	unsigned int low = app->header.config & 0xFF;
	size_t len = AES_BLOCK * (low >> 4);

	switch (mode) {
	case 0:
	case 1:
		return 0;
	case 2:
	case 3:
		return low % DES_BLOCK ? 0 : low;
	case 6:
	case 8 ... 15:
		/* Not of whole blocks, in some of them. */
		if (len > app->body_len && len < app->body_len + AES_BLOCK)
			len = app->body_len;
		return len;
	case 4:
	case 5:
	case 7:
		return len;
	default:
		return 0;
	}
}

/*
 * The configuration word names a mode and how much of the data it hides. Old
 * meters fill the same bytes with a signature, so what makes no sense as a
 * configuration is none.
 */
static void find_encryption(struct meterbus_application *app)
{
	unsigned int mode = app->header.config >> 8 & 0x1F;
	size_t len = claimed_length(app, mode);
	size_t extension = 0;

	if (!len)
		return;
	/* A gateway may have taken the extension away with the rest. */
	if (mode == 7 && !looks_plain(app, app->body, app->body_len)) {
		extension = take_config7(app);
		if (!extension || extension > app->body_len)
			return;
	}
	if (len + extension > app->body_len) {
		if (!looks_plain(app, app->body + extension,
				 app->body_len - extension))
			return;
		len = app->body_len - extension;
	}
	app->body += extension;
	app->body_len -= extension;
	if (looks_plain(app, app->body, len)) {
		app->claimed_len = len;
	} else {
		app->encrypted_len = len;
	}
	app->encryption_mode = mode;
	app->encryption_name = encryption_name(mode);
}

char *meterbus_encryption_format(const struct meterbus_application *app,
				 char out[METERBUS_ENCRYPTION_TEXT])
{
	size_t block = app->encryption_mode < 4 ? DES_BLOCK : AES_BLOCK;
	size_t blocks;

	*out = '\0';
	if (!app->encrypted_len)
		return out;
	blocks = (app->encrypted_len + block - 1) / block;
	snprintf(out, METERBUS_ENCRYPTION_TEXT,
		 "encrypted, mode %u (%s), %zu block%s", app->encryption_mode,
		 app->encryption_name, blocks, blocks == 1 ? "" : "s");
	return out;
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

/* High digit of an application reset's subcode (EN 13757-3, clause 7). */
static const char *reset_name(uint8_t subcode)
{
	static const char *const names[16] = {
		"all",
		"user data",
		"simple billing",
		"enhanced billing",
		"multi tariff billing",
		"instantaneous values",
		"load management",
		"reserved",
		"installation and startup",
		"testing",
		"calibration",
		"manufacturing",
		"development",
		"self test",
		"reserved",
		"reserved",
	};

	return names[subcode >> 4];
}

static void take_command(struct meterbus_application *app)
{
	if ((app->ci != CI_APPLICATION_RESET &&
	     app->ci != CI_APPLICATION_RESET_LONG) || !app->body_len)
		return;
	app->parameter = app->body[0];
	app->parameter_name = reset_name(app->parameter);
}

/* A selection without an address selects every meter. */
static void take_selection(struct meterbus_application *app)
{
	app->selection.secondary = true;
	memset(app->selection.bytes, WILDCARD, ADDRESS_LEN);
	if (!app->body_len)
		return;
	if (app->body_len < ADDRESS_LEN) {
		app->error = "the address is cut short";
		return;
	}
	application_take_address(&app->selection, app->body, app->high_byte_first);
	app->records = app->body + ADDRESS_LEN;
	app->records_len = app->body_len - ADDRESS_LEN;
}

/* Length, signature, then what the signature is of; the length counts both. */
static void take_format(struct meterbus_application *app)
{
	uint16_t crc;
	size_t len;

	if (app->body_len < 3 || app->body[0] < 2 ||
	    app->body_len < 1U + app->body[0]) {
		app->error = "the format is cut short";
		return;
	}
	len = app->body[0] - 2U;
	app->format_signature = bytes_get16(app->body + 1, false);
	app->format = app->body + 3;
	app->format_len = len;
	crc = ~bytes_crc(BYTES_CRC_START, app->format, len);
	if (crc != app->format_signature)
		app->error = "the format's signature does not fit it";
}

static void take_compact(struct meterbus_application *app)
{
	if (app->body_len < 4) {
		app->error = "signature and CRC are cut short";
		return;
	}
	app->format_signature = bytes_get16(app->body, false);
	app->frame_crc = bytes_get16(app->body + 2, false);
	app->error = "its format is not known, it takes a full or a format frame of the meter first";
}

void application_take_contents(struct meterbus_application *app)
{
	switch (app->contents) {
	case METERBUS_CONTENTS_NONE:
		return;
	case METERBUS_CONTENTS_COMMAND:
		take_command(app);
		return;
	case METERBUS_CONTENTS_SELECTION:
		take_selection(app);
		return;
	case METERBUS_CONTENTS_RECORDS:
	case METERBUS_CONTENTS_ALARM:
	case METERBUS_CONTENTS_FIXED:
		app->records = app->body;
		app->records_len = app->body_len;
		return;
	case METERBUS_CONTENTS_FORMAT:
		take_format(app);
		return;
	case METERBUS_CONTENTS_COMPACT:
		take_compact(app);
		return;
	case METERBUS_CONTENTS_ERROR:
		if (app->body_len)
			app->application_error_code = app->body[0];
		app->application_error =
			application_error_name(app->application_error_code);
		return;
	case METERBUS_CONTENTS_OTHER:
		app->error = "contents of this kind are not decoded";
		return;
	}
}

void meterbus_application_parse(struct meterbus_application *app,
				const struct meterbus_telegram *telegram)
{
	static const size_t header_len[] = {
		[METERBUS_HEADER_NONE] = 0,
		[METERBUS_HEADER_SHORT] = HEADER_SHORT_LEN,
		[METERBUS_HEADER_LONG] = HEADER_LONG_LEN,
		[METERBUS_HEADER_FIXED] = FIXED_HEADER_LEN,
	};
	const struct ci *ci;
	size_t skip;

	memset(app, 0, sizeof(*app));
	if (telegram->type != METERBUS_TELEGRAM_LONG)
		return;
	ci = ci_find(telegram->ci, telegram->data_len);
	skip = header_len[ci->header];
	app->ci = telegram->ci;
	app->ci_name = ci->name;
	app->contents = ci->contents;
	app->from_master = telegram->c & METERBUS_C_PRM;
	app->high_byte_first = ci->high_byte_first;
	app->body = telegram->data;
	app->body_len = telegram->data_len;
	if (app->body_len < skip) {
		app->error = "the header is cut short";
		return;
	}
	if (ci->header == METERBUS_HEADER_NONE) {
		application_take_contents(app);
		return;
	}
	app->has_header = true;
	app->header.kind = ci->header;
	app->body += skip;
	app->body_len -= skip;
	if (ci->header == METERBUS_HEADER_FIXED) {
		take_fixed_header(app, telegram->data);
	} else {
		take_header(app, telegram->data);
		find_encryption(app);
	}
	/* Encrypted records are one record; the rest would make no sense. */
	if (!app->encrypted_len ||
	    app->contents == METERBUS_CONTENTS_RECORDS)
		application_take_contents(app);
	else
		app->error = "encrypted";
}
