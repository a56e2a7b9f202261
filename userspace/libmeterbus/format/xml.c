// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The XML of libmbus, plain and normalized. Where its numbers or units are
 * wrong ours are not the same; Documentation/xml-differences.md lists all of
 * that.
 */
#include <stdlib.h>
#include <string.h>

#include <meterbus/format.h>

#include "base/digits.h"
#include "format/buffer.h"
#include "format/xml_unit.h"
#include "format/xml_words.h"
#include "decode/value.h"
#include "decode/vif.h"

/* Numbers show at least as many digits behind the point. */
#define PLACES 6

/* The longest text is that of bytes in hex. */
#define VALUE_SIZE (3 * METERBUS_USER_DATA_MAX + 1)

struct xml {
	struct buffer text;
	enum meterbus_xml_flavour flavour;
	unsigned int next_id;
};

/* The code of the character at *@at, which is moved behind it. */
static uint32_t take_character(const char **at)
{
	uint32_t code = (unsigned char)*(*at)++;
	unsigned int more = code < 0xC0 ? 0 : code < 0xE0 ? 1 :
			    code < 0xF0 ? 2 : 3;

	if (more)
		code &= 0x3F >> more;
	while (more-- && (**at & 0xC0) == 0x80)
		code = code << 6 | (*(*at)++ & 0x3F);
	return code;
}

/* In ISO 8859-1, and what it does not have by its number. */
static void add_character(struct buffer *out, uint32_t code)
{
	const char byte = code;

	switch (code) {
	case '<':
		buffer_add_literal(out, "&lt;");
		return;
	case '>':
		buffer_add_literal(out, "&gt;");
		return;
	case '&':
		buffer_add_literal(out, "&amp;");
		return;
	case '"':
		buffer_add_literal(out, "&quot;");
		return;
	}
	if (code <= 0xFF) {
		buffer_add(out, &byte, 1);
		return;
	}
	buffer_add_literal(out, "&#");
	buffer_add_number(out, code);
	buffer_add_literal(out, ";");
}

static bool is_special(char c)
{
	return c == '<' || c == '>' || c == '&' || c == '"' || c & 0x80;
}

/* UTF-8 without control characters. */
static void add_string(struct buffer *out, const char *text)
{
	while (*text) {
		size_t plain = 0;

		while (text[plain] && !is_special(text[plain]))
			plain++;
		buffer_add(out, text, plain);
		text += plain;
		if (*text)
			add_character(out, take_character(&text));
	}
}

/* Programs look for both tags of an empty element. */
#define element_begin(out, name) buffer_add_literal(out, "        <" name ">")
#define element_end(out, name) buffer_add_literal(out, "</" name ">\n")

#define element(out, name, text) do {		\
	element_begin(out, name);		\
	add_string(out, text);			\
	element_end(out, name);			\
} while (0)

#define element_number(out, name, number) do {	\
	element_begin(out, name);		\
	buffer_add_number(out, number);		\
	element_end(out, name);			\
} while (0)

#define element_hex(out, name, bytes, len) do {	\
	element_begin(out, name);		\
	buffer_add_hex(out, bytes, len);	\
	element_end(out, name);			\
} while (0)

/* ------------------------------------------------------------- values */

/* @exponent is taken out of the number. */
static void number_text(char *out, const struct meterbus_decimal *number,
			int exponent, unsigned int places)
{
	struct meterbus_decimal shifted = *number;
	size_t len, digits;
	char *point;

	shifted.exponent -= exponent;
	len = meterbus_decimal_format(&shifted, out);
	if (!places)
		return;
	point = strchr(out, '.');
	if (!point) {
		point = out + len;
		out[len++] = '.';
	}
	for (digits = out + len - point - 1; digits < places; digits++)
		out[len++] = '0';
	out[len] = '\0';
}

static void bytes_text(char *out, const uint8_t *bytes, size_t len,
		       bool high_first)
{
	for (size_t i = 0; i < len; i++) {
		if (i)
			*out++ = ' ';
		out = digits_byte(out, bytes[high_first ? len - 1 - i : i]);
	}
	*out = '\0';
}

static void time_text(char *out, const struct meterbus_time *time,
		      bool normalized)
{
	meterbus_time_format(time, out);
	if (time->has_clock && !time->has_second)
		strcat(out, ":00");
	if (time->has_clock && normalized)
		strcat(out, "Z");
}

/*
 * Identifiers and codes are numbers in this format, as they were sent; a whole
 * address is its bytes.
 */
static void as_sent(struct meterbus_value *value,
		    const struct meterbus_data_record *record, bool bcd)
{
	const uint8_t *bytes = record->raw + record->head_len;
	size_t len = record->raw_len - record->head_len;

	if (!bcd && len >= 8) {
		value->type = METERBUS_VALUE_BYTES;
		value->bytes.data = bytes;
		value->bytes.len = len;
		return;
	}
	value->type = METERBUS_VALUE_NUMBER;
	value->number = (struct meterbus_decimal){ 0 };
	while (len--) {
		uint64_t *sum = &value->number.mantissa;

		if (bcd)
			*sum = 100 * *sum + 10 * (bytes[len] >> 4) +
			       (bytes[len] & 0xF);
		else
			*sum = *sum << 8 | bytes[len];
	}
}

static bool is_bcd(const struct meterbus_data_record *record)
{
	uint8_t field = record->head[0] & 0xF;

	return field >= DATA_BCD2 && field != DATA_VARIABLE;
}

static void value_text(const struct xml *xml, char out[VALUE_SIZE],
		       const struct meterbus_data_record *record, int exponent)
{
	const struct meterbus_value *value = &record->value;
	bool normalized = xml->flavour == METERBUS_XML_NORMALIZED;
	struct meterbus_value sent;

	if (value->type == METERBUS_VALUE_WORD) {
		as_sent(&sent, record, is_bcd(record));
		value = &sent;
	}
	*out = '\0';
	switch (value->type) {
	case METERBUS_VALUE_NONE:
	case METERBUS_VALUE_WORD:
		return;
	case METERBUS_VALUE_NUMBER:
		number_text(out, &value->number, exponent,
			    normalized || xml_is_real(record) ? PLACES : 0);
		return;
	case METERBUS_VALUE_TIME:
		time_text(out, &value->time, normalized);
		return;
	case METERBUS_VALUE_TEXT:
		xml_text(out, VALUE_SIZE, &value->text);
		return;
	case METERBUS_VALUE_BYTES:
		bytes_text(out, value->bytes.data, value->bytes.len, true);
		return;
	}
}

/* ------------------------------------------------------------ records */

static const char *function_text(enum meterbus_function function)
{
	static const char *const names[] = {
		"Instantaneous value", "Maximum value", "Minimum value",
		"Value during error state",
	};

	return names[function & 3];
}

static void start_record(struct xml *xml)
{
	buffer_add_literal(&xml->text, "    <DataRecord id=\"");
	buffer_add_number(&xml->text, xml->next_id++);
	buffer_add_literal(&xml->text, "\">\n");
}

static void end_record(struct xml *xml)
{
	buffer_add_literal(&xml->text, "    </DataRecord>\n\n");
}

static void which_elements(struct buffer *out,
			   const struct meterbus_data_record *record)
{
	element_number(out, "StorageNumber", record->storage);
	if (!record->head_len || !(record->head[0] & EXTENSION_BIT))
		return;
	element_number(out, "Tariff", record->tariff);
	element_number(out, "Device", record->subunit);
}

static void rest_elements(struct xml *xml, const char *unit,
			  const char *quantity, const char *value)
{
	element(&xml->text, "Unit", unit);
	if (xml->flavour == METERBUS_XML_NORMALIZED)
		element(&xml->text, "Quantity", quantity);
	element(&xml->text, "Value", value);
}

/* DIF 0F and 1F. */
static void manufacturer_record(struct xml *xml,
				const struct meterbus_data_record *record)
{
	char value[VALUE_SIZE] = "";

	if (record->value.type == METERBUS_VALUE_BYTES)
		bytes_text(value, record->value.bytes.data,
			   record->value.bytes.len, false);
	element(&xml->text, "Function",
		record->more_follow ? "More records follow" :
				      "Manufacturer specific");
	if (xml->flavour == METERBUS_XML_PLAIN) {
		element(&xml->text, "Value", value);
		return;
	}
	element(&xml->text, "StorageNumber", "0");
	rest_elements(xml, "", "", value);
}

static void undecoded_record(struct xml *xml,
			     const struct meterbus_data_record *record)
{
	char value[VALUE_SIZE], unit[XML_UNIT_SIZE];

	snprintf(unit, sizeof(unit), "Not decoded: %s", record->error);
	bytes_text(value, record->raw, record->raw_len, false);
	element(&xml->text, "Function", "Not decoded");
	element(&xml->text, "StorageNumber", "0");
	rest_elements(xml, xml->flavour == METERBUS_XML_PLAIN ? unit : "",
		      unit, value);
}

static void data_record(struct xml *xml, struct meterbus_data_record *record)
{
	struct xml_unit d;
	char value[VALUE_SIZE];

	xml_describe(&d, record, xml->flavour == METERBUS_XML_NORMALIZED);
	value_text(xml, value, record, d.exponent);
	element(&xml->text, "Function", function_text(record->function));
	which_elements(&xml->text, record);
	rest_elements(xml, d.unit, d.quantity, value);
}

static bool is_manufacturer_data(const struct meterbus_data_record *record)
{
	return record->head_len == 1 &&
	       (record->head[0] == 0x0F || record->head[0] == 0x1F);
}

static void records(struct xml *xml, const struct meterbus_application *app)
{
	struct meterbus_data_records iteration;
	struct meterbus_data_record record;

	meterbus_data_records_start(&iteration, app);
	iteration.expand = false;
	while (meterbus_data_record_next(&iteration, &record)) {
		start_record(xml);
		if (record.error)
			undecoded_record(xml, &record);
		else if (is_manufacturer_data(&record))
			manufacturer_record(xml, &record);
		else
			data_record(xml, &record);
		end_record(xml);
	}
}

/* ---------------------------------------------------- fixed structure */

/* Bits of the status. */
#define FIXED_BINARY	0x01
#define FIXED_HISTORIC	0x02

static bool is_fixed(const struct meterbus_application *app)
{
	return app->contents == METERBUS_CONTENTS_FIXED && app->has_header;
}

/*
 * Counters are printed as sent, the factor is in the unit, in both flavours.
 */
static void fixed_records(struct xml *xml,
			  const struct meterbus_application *app)
{
	const uint8_t units[2] = { app->header.config,
				   app->header.config >> 8 };
	struct meterbus_data_records iteration;
	struct meterbus_data_record record;

	meterbus_data_records_start(&iteration, app);
	for (unsigned int i = 0;
	     i < 2 && meterbus_data_record_next(&iteration, &record); i++) {
		struct meterbus_value *value = &record.value;
		char text[VALUE_SIZE] = "";

		/* Times and dates are numbers here. */
		if (value->type == METERBUS_VALUE_WORD ||
		    value->type == METERBUS_VALUE_TIME)
			as_sent(value, &record,
				!(app->header.status & FIXED_BINARY));

		if (!record.error && value->type == METERBUS_VALUE_NUMBER)
			number_text(text, &value->number,
				    value->number.exponent, 0);
		start_record(xml);
		element(&xml->text, "Function",
			app->header.status & FIXED_HISTORIC ? "Stored value" :
							      "Actual value");
		element(&xml->text, "Unit", xml_fixed_unit(units[i]));
		element(&xml->text, "Value", text);
		end_record(xml);
	}
}

/* -------------------------------------------------------------- meter */

/* Programs expect it without zeros in front. */
static void id_element(struct buffer *out,
		       const struct meterbus_address *address)
{
	char id[9];
	size_t zeros;

	meterbus_address_id(address, id);
	zeros = strspn(id, "0");
	element(out, "Id", id + (id[zeros] ? zeros : zeros - 1));
}

/* Also of a code that is no three letters. */
static void manufacturer_letters(uint16_t code, char out[4])
{
	for (int i = 0; i < 3; i++)
		out[i] = '@' + (code >> (10 - 5 * i) & 0x1F);
	out[3] = '\0';
}

static void meter_elements(struct buffer *out,
			   const struct meterbus_header *header)
{
	const char *medium = xml_medium(header->medium);
	char name[4], unknown[40];

	manufacturer_letters(header->manufacturer, name);
	id_element(out, &header->address);
	element(out, "Manufacturer", name);
	element_number(out, "Version", header->version);
	element(out, "ProductName",
		xml_product(name, header->version, header->medium,
			    header->address.bytes[3]));
	if (!medium)
		snprintf(unknown, sizeof(unknown), "Unknown medium (0x%.2x)",
			 header->medium);
	element(out, "Medium", medium ? medium : unknown);
}

static void status_elements(struct buffer *out,
			    const struct meterbus_header *header)
{
	element_number(out, "AccessNumber", header->access_number);
	element_hex(out, "Status", &header->status, 1);
}

static void error_element(struct buffer *out, uint8_t code)
{
	const char *error = xml_application_error(code);
	char unknown[32];

	if (!error)
		snprintf(unknown, sizeof(unknown), "Unknown error (0x%.2X)",
			 code);
	element(out, "Error", error ? error : unknown);
}

static void slave_information(struct buffer *out,
			      const struct meterbus_application *app)
{
	const struct meterbus_header *header = &app->header;
	const uint8_t signature[2] = { header->config >> 8, header->config };

	buffer_add_literal(out, "    <SlaveInformation>\n");
	if (app->application_error) {
		error_element(out, app->application_error_code);
	} else if (is_fixed(app)) {
		id_element(out, &header->address);
		element(out, "Medium",
			xml_fixed_medium((header->config >> 6 & 3) |
					 (header->config >> 12 & 0xC)));
		status_elements(out, header);
	} else if (app->has_header) {
		if (header->has_address)
			meter_elements(out, header);
		status_elements(out, header);
		element_hex(out, "Signature", signature, 2);
	}
	buffer_add_literal(out, "    </SlaveInformation>\n\n");
}

/* ----------------------------------------------------------- document */

static bool from_meter(const struct meterbus_reading *reading)
{
	return reading->telegram->type == METERBUS_TELEGRAM_LONG &&
	       !reading->app->from_master;
}

static void document(struct xml *xml, const struct meterbus_reading *readings,
		     size_t count)
{
	bool written = false;

	buffer_add_literal(&xml->text,
			   "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n"
			   "<MBusData>\n\n");
	for (size_t i = 0; i < count; i++) {
		if (!from_meter(&readings[i]))
			continue;
		if (!written)
			slave_information(&xml->text, readings[i].app);
		written = true;
		if (is_fixed(readings[i].app))
			fixed_records(xml, readings[i].app);
		else
			records(xml, readings[i].app);
	}
	buffer_add_literal(&xml->text, "</MBusData>\n");
}

int meterbus_xml_write(FILE *out, const struct meterbus_reading *readings,
		       size_t count, enum meterbus_xml_flavour flavour,
		       struct meterbus_error *err)
{
	struct xml xml = { .flavour = flavour };
	size_t i = 0, len;

	while (i < count && !from_meter(&readings[i]))
		i++;
	if (i == count)
		return 0;
	document(&xml, readings, count);
	if (xml.text.failed) {
		free(xml.text.text);
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "no memory left for the XML of a readout");
	}
	len = fwrite(xml.text.text, 1, xml.text.len, out);
	free(xml.text.text);
	if (len != xml.text.len)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "the XML of a readout cannot be written: %m");
	return 0;
}
