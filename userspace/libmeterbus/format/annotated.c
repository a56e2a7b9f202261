// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A telegram, a line for each field: offset, bytes, meaning.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include <meterbus/format.h>

#include "format/text.h"
#include "decode/value.h"
#include "decode/vif.h"

#define BYTES_A_LINE 16
/* Meanings line up behind as many bytes. */
#define COLUMN 8

#define DIF_FILLER 0x2F

/* Bytes that are described from the first to the last. */
struct walk {
	FILE *out;
	const uint8_t *start;
	const uint8_t *next;
	const uint8_t *end;
};

/* The next @len bytes and, beside the first line of them, what they mean. */
static void __attribute__((format(printf, 3, 4)))
describe(struct walk *walk, size_t len, const char *format, ...)
{
	size_t left = walk->end - walk->next;
	va_list args;

	if (len > left)
		len = left;
	for (size_t i = 0; i < len; i += BYTES_A_LINE) {
		size_t count = len - i < BYTES_A_LINE ? len - i : BYTES_A_LINE;

		fprintf(walk->out, "%5zu ", walk->next - walk->start + i);
		for (size_t j = 0; j < count; j++)
			fprintf(walk->out, " %02X", walk->next[i + j]);
		if (!i) {
			fprintf(walk->out, "%*s",
				(int)(count < COLUMN ? 3 * (COLUMN - count) :
						       0) +
					2,
				"");
			va_start(args, format);
			vfprintf(walk->out, format, args);
			va_end(args);
		}
		putc('\n', walk->out);
	}
	walk->next += len;
}

/* --------------------------------------------------------------- heads */

static const char *field_text(unsigned int field)
{
	static const char *const texts[] = {
		[DATA_NONE] = "no data",
		[DATA_INT8] = "integer, 8 bit",
		[DATA_INT16] = "integer, 16 bit",
		[DATA_INT24] = "integer, 24 bit",
		[DATA_INT32] = "integer, 32 bit",
		[DATA_REAL32] = "real, 32 bit",
		[DATA_INT48] = "integer, 48 bit",
		[DATA_INT64] = "integer, 64 bit",
		[DATA_SELECTION] = "selection for readout",
		[DATA_BCD2] = "BCD, 2 digits",
		[DATA_BCD4] = "BCD, 4 digits",
		[DATA_BCD6] = "BCD, 6 digits",
		[DATA_BCD8] = "BCD, 8 digits",
		[DATA_VARIABLE] = "variable length",
		[DATA_BCD12] = "BCD, 12 digits",
		[DATA_SPECIAL] = "special function",
	};

	return texts[field & 0xF];
}

/* Where in a record's head we are. */
struct head {
	const struct meterbus_data_record *record;
	size_t at;
};

static bool more(const struct head *head)
{
	return head->at < head->record->head_len;
}

static uint8_t take(struct head *head)
{
	return head->record->head[head->at++];
}

static void describe_dib(struct walk *walk, struct head *head)
{
	const struct meterbus_data_record *record = head->record;
	uint8_t byte = take(head);
	unsigned int i = 0;

	describe(walk, 1, "DIF: %s, %s%s", field_text(byte & 0xF),
		 meterbus_function_name(record->function),
		 byte & 0x40 ? ", storage bit 0" : "");
	for (; byte & EXTENSION_BIT && more(head); i++) {
		byte = take(head);
		describe(walk, 1,
			 "DIFE: storage %" PRIu64 ", tariff %u, subunit %u",
			 (uint64_t)(byte & 0xF) << (1 + 4 * i),
			 (byte >> 4 & 3U) << (2 * i), (byte >> 6 & 1U) << i);
	}
}

static void describe_code(struct walk *walk, const struct vif *row)
{
	if (!row->quantity)
		describe(walk, 1, "VIF: reserved");
	else if (row->exponent)
		describe(walk, 1, "VIF: %s, 10^%d %s", row->quantity,
			 row->exponent, row->unit ? row->unit : "");
	else
		describe(walk, 1, "VIF: %s%s%s", row->quantity,
			 row->unit ? ", " : "", row->unit ? row->unit : "");
}

/* VIF and, of an extension table, the code in it; returns the last byte. */
static uint8_t describe_vif(struct walk *walk, struct head *head)
{
	uint8_t byte = take(head);

	if (byte == (VIF_TABLE_FB | EXTENSION_BIT) && more(head)) {
		describe(walk, 1, "VIF: table FB");
		byte = take(head);
		describe_code(walk, &vif_fb[byte & ~EXTENSION_BIT]);
	} else if (byte == (VIF_TABLE_FD | EXTENSION_BIT) && more(head)) {
		describe(walk, 1, "VIF: table FD");
		byte = take(head);
		if (byte == (VIF_FD_TABLE_FD | EXTENSION_BIT) && more(head)) {
			describe(walk, 1, "VIF: table FD FD");
			byte = take(head);
			describe_code(walk, &vif_fd_fd[byte & ~EXTENSION_BIT]);
		} else {
			describe_code(walk, &vif_fd[byte & ~EXTENSION_BIT]);
		}
	} else {
		describe_code(walk, &vif_primary[byte & ~EXTENSION_BIT]);
	}
	return byte;
}

static void describe_vife_words(struct walk *walk, const struct vife *vife)
{
	if (vife->effect == VIFE_FACTOR)
		describe(walk, 1, "VIFE: times 10^%d", vife->exponent);
	else if (vife->effect == VIFE_OFFSET)
		describe(walk, 1, "VIFE: plus 10^%d", vife->exponent);
	else
		describe(walk, 1, "VIFE: %s", vife->words ? vife->words : "-");
}

/* The text of a plain-text VIF with its length, if it stands here. */
static bool describe_plain_text(struct walk *walk, struct head *head)
{
	const struct meterbus_data_record *record = head->record;
	char text[METERBUS_UNIT_TEXT];

	if (!record->plain_unit.len ||
	    record->head + head->at + 1 != record->plain_unit.bytes)
		return false;
	describe(walk, 1, "length of the unit");
	describe(walk, record->plain_unit.len, "unit: %s",
		 meterbus_unit_format(record, text));
	head->at += 1 + record->plain_unit.len;
	return true;
}

static void describe_vib(struct walk *walk, struct head *head, bool from_master)
{
	uint8_t byte = describe_vif(walk, head);
	bool manufacturer = (byte & ~EXTENSION_BIT) == VIF_MANUFACTURER;
	bool fc = false;

	describe_plain_text(walk, head);
	while (byte & EXTENSION_BIT && more(head)) {
		uint8_t code;

		byte = take(head);
		code = byte & ~EXTENSION_BIT;
		if (manufacturer) {
			describe(walk, 1, "VIFE: manufacturer's code %02X",
				 code);
		} else if (fc) {
			describe_vife_words(walk, &vife_fc[code]);
			fc = false;
		} else if (code == VIFE_TABLE_FC) {
			describe(walk, 1, "VIFE: table FC");
			fc = true;
		} else if (from_master && code < VIFE_ACTIONS) {
			describe(walk, 1, "VIFE: %s",
				 vife_action[code] ? vife_action[code] : "-");
		} else {
			describe_vife_words(walk, &vife_orthogonal[code]);
			manufacturer = code == VIFE_MANUFACTURER;
		}
	}
	describe_plain_text(walk, head);
	/* A length without text. */
	describe(walk, head->record->head_len - head->at, "length of the unit");
}

/* -------------------------------------------------------------- records */

/* Control characters could do anything to a terminal. */
static const char *harmless(char *text)
{
	for (unsigned char *c = (unsigned char *)text; *c; c++) {
		/* U+0080 to U+009F are two bytes. */
		bool c1 = c[0] == 0xC2 && c[1] < 0xA0;

		if (*c < ' ' || *c == 0x7F || c1)
			*c = '?';
		if (c1)
			*++c = '?';
	}
	return text;
}

static void describe_data(struct walk *walk,
			  const struct meterbus_data_record *record, size_t len)
{
	char text[FORMAT_VALUE_SIZE], unit[METERBUS_UNIT_TEXT];

	harmless(meterbus_unit_format(record, unit));
	if (record->value.type == METERBUS_VALUE_NONE)
		describe(walk, len, "%s: none, %s", record->quantity,
			 record->value.invalid);
	else if (record->value.type == METERBUS_VALUE_BYTES)
		describe(walk, len, "%s", record->quantity);
	else
		describe(walk, len, "%s: %s%s%s", record->quantity,
			 harmless(format_value(text, &record->value)),
			 *unit ? " " : "", unit);
}

/* A record whose head stands before its data. */
static void describe_whole(struct walk *walk,
			   const struct meterbus_data_record *record,
			   bool from_master)
{
	struct head head = {.record = record};
	size_t data_len = record->raw_len - record->head_len;

	describe_dib(walk, &head);
	if (more(&head))
		describe_vib(walk, &head, from_master);
	if ((record->head[0] & 0xF) == DATA_VARIABLE && data_len) {
		describe(walk, 1, "LVAR: %d bytes follow", (int)data_len - 1);
		data_len--;
	}
	describe_data(walk, record, data_len);
}

/* Up to @next: what comes between two records. */
static void describe_gap(struct walk *walk, const uint8_t *next)
{
	size_t len = next - walk->next;

	if (len && *walk->next == DIF_FILLER)
		describe(walk, len, "filler");
	else
		describe(walk, len, "-");
}

static void describe_records(struct walk *walk,
			     const struct meterbus_application *app)
{
	struct meterbus_data_records records;
	struct meterbus_data_record record;
	unsigned int number = 0;

	meterbus_data_records_start(&records, app);
	records.expand = false;
	while (meterbus_data_record_next(&records, &record)) {
		/* A compact frame's record may have no bytes of its own. */
		if (record.raw_len && record.raw > walk->next)
			describe_gap(walk, record.raw);
		fprintf(walk->out, "record %u\n", number++);
		if (record.error)
			describe(walk, record.raw_len, "not decoded: %s",
				 record.error);
		else if (record.head_len && record.head == record.raw)
			describe_whole(walk, &record, app->from_master);
		else
			describe_data(walk, &record, record.raw_len);
	}
}

/* ------------------------------------------------------------- telegram */

static void describe_status(struct walk *walk,
			    const struct meterbus_application *app)
{
	const char *flags[METERBUS_STATUS_FLAGS];
	unsigned int count = meterbus_application_flags(app, flags);
	char text[256] = "";

	for (unsigned int i = 0; i < count; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text),
			 "%s%s", i ? ", " : "", flags[i]);
	describe(walk, 1, "status: %s", count ? text : "ok");
}

static void describe_header(struct walk *walk,
			    const struct meterbus_application *app)
{
	const struct meterbus_header *header = &app->header;
	char id[9], name[4];

	if (!app->has_header)
		return;
	if (header->kind == METERBUS_HEADER_LONG ||
	    header->kind == METERBUS_HEADER_FIXED)
		describe(walk, 4, "identification %s",
			 meterbus_address_id(&header->address, id));
	if (header->kind == METERBUS_HEADER_LONG) {
		meterbus_manufacturer_name(header->manufacturer, name);
		describe(walk, 2, "manufacturer %s", name);
		describe(walk, 1, "version %u", header->version);
		describe(walk, 1, "medium: %s",
			 meterbus_medium_name(header->medium));
	}
	describe(walk, 1, "access number %u", header->access_number);
	describe_status(walk, app);
	if (header->kind == METERBUS_HEADER_FIXED)
		describe(walk, 2, "units of both counters; medium: %s",
			 meterbus_medium_name(header->medium));
	else
		describe(walk, 2, "configuration word %04X", header->config);
}

/* Between the header and the records, or all if there are none. */
static void describe_contents(struct walk *walk,
			      const struct meterbus_application *app,
			      const uint8_t *records)
{
	size_t len = records - walk->next;

	if (app->application_error)
		describe(walk, len, "error %u: %s", app->application_error_code,
			 app->application_error);
	else if (app->parameter_name)
		describe(walk, len, "%s", app->parameter_name);
	else if (app->contents == METERBUS_CONTENTS_SELECTION)
		describe(walk, len, "which meter");
	else if (app->contents == METERBUS_CONTENTS_COMPACT)
		describe(walk, len, "format signature, CRC of the full frame");
	else if (app->contents == METERBUS_CONTENTS_FORMAT)
		describe(walk, len, "length, format signature");
	else if (app->encryption_mode)
		describe(walk, len, "what the encryption needs");
	else
		describe(walk, len, "%s", app->error ? app->error : "-");
}

/* Body as it was decrypted: bytes with offsets of their own. */
static void describe_decrypted(FILE *out,
			       const struct meterbus_application *app)
{
	struct walk walk = {out, app->body, app->body,
			    app->body + app->body_len};

	fputs("decrypted\n", out);
	describe_contents(&walk, app, app->records);
	describe_records(&walk, app);
	describe_gap(&walk, walk.end);
}

static void describe_application(struct walk *walk,
				 const struct meterbus_application *app)
{
	const uint8_t *end = walk->end;
	char text[METERBUS_ENCRYPTION_TEXT];

	describe_header(walk, app);
	if (app->decrypted) {
		describe(walk, end - walk->next, "encrypted, mode %u",
			 app->encryption_mode);
		return;
	}
	if (app->records && app->records_len)
		describe_contents(walk, app, app->records);
	describe_records(walk, app);
	if (walk->next < end && *walk->next != DIF_FILLER)
		describe_contents(walk, app, end);
	if (app->encrypted_len)
		fprintf(walk->out, "%s\n",
			meterbus_encryption_format(app, text));
	describe_gap(walk, end);
}

static void describe_c(struct walk *walk, uint8_t c)
{
	const char *name = meterbus_c_name(c);
	bool master = c & METERBUS_C_PRM;

	describe(walk, 1, "C: %s%s%s", name ? name : "reserved",
		 master && c & 0x10 ?
			 c & METERBUS_C_FCB ? ", FCB=1" : ", FCB=0" :
		 !master && c & METERBUS_C_ACD ? ", ACD" :
						 "",
		 !master && c & METERBUS_C_DFC ? ", DFC" : "");
}

void meterbus_annotate(FILE *out, const struct meterbus_reading *reading)
{
	const struct meterbus_telegram *telegram = reading->telegram;
	const struct meterbus_application *app = reading->app;
	struct walk walk = {out, telegram->raw, telegram->raw,
			    telegram->raw + telegram->raw_len};
	const uint8_t *end = walk.end;

	if (telegram->type == METERBUS_TELEGRAM_ACK) {
		describe(&walk, 1, "acknowledgment");
		return;
	}
	describe(&walk, 1, "start");
	if (telegram->type == METERBUS_TELEGRAM_LONG) {
		describe(&walk, 2, "length: %zu bytes from C on",
			 telegram->data_len + 3);
		describe(&walk, 1, "start");
	}
	describe_c(&walk, telegram->c);
	describe(&walk, 1, "A: address %u", telegram->a);
	if (telegram->type == METERBUS_TELEGRAM_LONG) {
		describe(&walk, 1, "CI: %s", app->ci_name);
		walk.end -= 2;
		describe_application(&walk, app);
		walk.end = end;
	}
	describe(&walk, 1, "checksum");
	describe(&walk, 1, "stop");
	if (app->decrypted)
		describe_decrypted(out, app);
}
