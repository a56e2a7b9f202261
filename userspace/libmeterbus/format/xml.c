// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The XML of libmbus, plain and normalized. Where its numbers or units are
 * wrong ours are not the same; Documentation/xml-differences.md lists all of
 * that.
 */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include <libxml/xmlwriter.h>

#include <meterbus/format.h>

#include "format/xml_unit.h"
#include "format/xml_words.h"
#include "decode/value.h"
#include "decode/vif.h"

#define ENCODING "ISO-8859-1"

/* Numbers show at least as many digits behind the point. */
#define PLACES 6

/* The longest text is that of bytes in hex. */
#define VALUE_SIZE (3 * METERBUS_USER_DATA_MAX + 1)

struct xml {
	xmlTextWriterPtr writer;
	enum meterbus_xml_flavour flavour;
	unsigned int next_id;
	bool failed;
};

static void check(struct xml *xml, int written)
{
	if (written < 0)
		xml->failed = true;
}

/*
 * Line ends and indentation; libxml2's own would lack the empty lines. There is
 * nothing to escape.
 */
static void space(struct xml *xml, const char *text)
{
	check(xml, xmlTextWriterWriteRaw(xml->writer, BAD_CAST text));
}

static void element(struct xml *xml, const char *name, const char *text)
{
	space(xml, "        ");
	check(xml, xmlTextWriterStartElement(xml->writer, BAD_CAST name));
	check(xml, xmlTextWriterWriteString(xml->writer, BAD_CAST text));
	/* Not <Unit/>: programs look for both tags. */
	check(xml, xmlTextWriterFullEndElement(xml->writer));
	space(xml, "\n");
}

static void __attribute__((format(printf, 3, 4)))
element_format(struct xml *xml, const char *name, const char *format, ...)
{
	char text[64];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	element(xml, name, text);
}

static void start_block(struct xml *xml, const char *name)
{
	space(xml, "    ");
	check(xml, xmlTextWriterStartElement(xml->writer, BAD_CAST name));
}

static void end_block(struct xml *xml)
{
	space(xml, "    ");
	check(xml, xmlTextWriterEndElement(xml->writer));
	space(xml, "\n\n");
}

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
	size_t used = 0;

	for (size_t i = 0; i < len; i++)
		used += snprintf(out + used, 4, "%s%02X", i ? " " : "",
				 bytes[high_first ? len - 1 - i : i]);
	out[used] = '\0';
}

static void time_text(char *out, const struct meterbus_time *time,
		      bool normalized)
{
	char text[METERBUS_TIME_TEXT];

	meterbus_time_format(time, text);
	snprintf(out, VALUE_SIZE, "%s%s%s", text,
		 time->has_clock && !time->has_second ? ":00" : "",
		 time->has_clock && normalized ? "Z" : "");
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
	start_block(xml, "DataRecord");
	check(xml, xmlTextWriterWriteFormatAttribute(xml->writer,
						     BAD_CAST "id", "%u",
						     xml->next_id++));
	space(xml, "\n");
}

static void which_elements(struct xml *xml,
			   const struct meterbus_data_record *record)
{
	element_format(xml, "StorageNumber", "%" PRIu64, record->storage);
	if (!record->head_len || !(record->head[0] & EXTENSION_BIT))
		return;
	element_format(xml, "Tariff", "%" PRIu32, record->tariff);
	element_format(xml, "Device", "%u", record->subunit);
}

static void rest_elements(struct xml *xml, const char *unit,
			  const char *quantity, const char *value)
{
	element(xml, "Unit", unit);
	if (xml->flavour == METERBUS_XML_NORMALIZED)
		element(xml, "Quantity", quantity);
	element(xml, "Value", value);
}

/* DIF 0F and 1F. */
static void manufacturer_record(struct xml *xml,
				const struct meterbus_data_record *record)
{
	char value[VALUE_SIZE] = "";

	if (record->value.type == METERBUS_VALUE_BYTES)
		bytes_text(value, record->value.bytes.data,
			   record->value.bytes.len, false);
	element(xml, "Function",
		record->more_follow ? "More records follow" :
				      "Manufacturer specific");
	if (xml->flavour == METERBUS_XML_PLAIN) {
		element(xml, "Value", value);
		return;
	}
	element(xml, "StorageNumber", "0");
	rest_elements(xml, "", "", value);
}

static void undecoded_record(struct xml *xml,
			     const struct meterbus_data_record *record)
{
	char value[VALUE_SIZE], unit[XML_UNIT_SIZE];

	snprintf(unit, sizeof(unit), "Not decoded: %s", record->error);
	bytes_text(value, record->raw, record->raw_len, false);
	element(xml, "Function", "Not decoded");
	element(xml, "StorageNumber", "0");
	rest_elements(xml, xml->flavour == METERBUS_XML_PLAIN ? unit : "",
		      unit, value);
}

static void data_record(struct xml *xml, struct meterbus_data_record *record)
{
	struct xml_unit d;
	char value[VALUE_SIZE];

	xml_describe(&d, record, xml->flavour == METERBUS_XML_NORMALIZED);
	value_text(xml, value, record, d.exponent);
	element(xml, "Function", function_text(record->function));
	which_elements(xml, record);
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
		end_block(xml);
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
		element(xml, "Function",
			app->header.status & FIXED_HISTORIC ? "Stored value" :
							      "Actual value");
		element(xml, "Unit", xml_fixed_unit(units[i]));
		element(xml, "Value", text);
		end_block(xml);
	}
}

/* -------------------------------------------------------------- meter */

/* Programs expect it without zeros in front. */
static void id_element(struct xml *xml, const struct meterbus_address *address)
{
	char id[9];
	size_t zeros;

	meterbus_address_id(address, id);
	zeros = strspn(id, "0");
	element(xml, "Id", id + (id[zeros] ? zeros : zeros - 1));
}

/* Also of a code that is no three letters. */
static void manufacturer_letters(uint16_t code, char out[4])
{
	for (int i = 0; i < 3; i++)
		out[i] = '@' + (code >> (10 - 5 * i) & 0x1F);
	out[3] = '\0';
}

static void meter_elements(struct xml *xml,
			   const struct meterbus_header *header)
{
	const char *medium = xml_medium(header->medium);
	char name[4];

	manufacturer_letters(header->manufacturer, name);
	id_element(xml, &header->address);
	element(xml, "Manufacturer", name);
	element_format(xml, "Version", "%u", header->version);
	element(xml, "ProductName",
		xml_product(name, header->version, header->medium,
			    header->address.bytes[3]));
	if (medium)
		element(xml, "Medium", medium);
	else
		element_format(xml, "Medium", "Unknown medium (0x%.2x)",
			       header->medium);
}

static void status_elements(struct xml *xml,
			    const struct meterbus_header *header)
{
	element_format(xml, "AccessNumber", "%u", header->access_number);
	element_format(xml, "Status", "%.2X", header->status);
}

static void slave_information(struct xml *xml,
			      const struct meterbus_reading *reading)
{
	const struct meterbus_application *app = reading->app;
	const struct meterbus_header *header = &app->header;

	start_block(xml, "SlaveInformation");
	space(xml, "\n");
	if (app->application_error) {
		const char *error =
			xml_application_error(app->application_error_code);

		if (error)
			element(xml, "Error", error);
		else
			element_format(xml, "Error", "Unknown error (0x%.2X)",
				       app->application_error_code);
	} else if (is_fixed(app)) {
		id_element(xml, &header->address);
		element(xml, "Medium",
			xml_fixed_medium((header->config >> 6 & 3) |
					 (header->config >> 12 & 0xC)));
		status_elements(xml, header);
	} else if (app->has_header) {
		if (header->has_address)
			meter_elements(xml, header);
		status_elements(xml, header);
		element_format(xml, "Signature", "%.4X", header->config);
	}
	end_block(xml);
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

	check(xml, xmlTextWriterStartDocument(xml->writer, NULL, ENCODING,
					      NULL));
	check(xml, xmlTextWriterStartElement(xml->writer, BAD_CAST "MBusData"));
	space(xml, "\n\n");
	for (size_t i = 0; i < count; i++) {
		if (!from_meter(&readings[i]))
			continue;
		if (!written)
			slave_information(xml, &readings[i]);
		written = true;
		if (is_fixed(readings[i].app))
			fixed_records(xml, readings[i].app);
		else
			records(xml, readings[i].app);
	}
	check(xml, xmlTextWriterEndDocument(xml->writer));
	check(xml, xmlTextWriterFlush(xml->writer));
}

static int write_out(void *context, const char *text, int len)
{
	return fwrite(text, 1, len, context) == (size_t)len ? len : -1;
}

int meterbus_xml_write(FILE *out, const struct meterbus_reading *readings,
		       size_t count, enum meterbus_xml_flavour flavour,
		       struct meterbus_error *err)
{
	struct xml xml = { .flavour = flavour };
	xmlOutputBufferPtr buffer;
	size_t i = 0;

	while (i < count && !from_meter(&readings[i]))
		i++;
	if (i == count)
		return 0;
	buffer = xmlOutputBufferCreateIO(write_out, NULL, out, NULL);
	if (buffer)
		xml.writer = xmlNewTextWriter(buffer);
	if (!xml.writer) {
		if (buffer)
			xmlOutputBufferClose(buffer);
		xml.failed = true;
	} else {
		document(&xml, readings, count);
		xmlFreeTextWriter(xml.writer);
	}
	if (xml.failed)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "libxml2 could not write the XML of a readout: no memory, or the output refused it");
	return 0;
}
