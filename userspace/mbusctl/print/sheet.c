// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include <meterbus/meters.h>

#include "ui/command.h"
#include "print/entry.h"
#include "ui/language.h"
#include "print/sheet.h"
#include "ui/terminal.h"

/* Labels that are longer do not widen the column. */
#define LABEL_MAX 44
/* A narrower column for labels is of no use. */
#define LABEL_MIN 16

/* An entry as it is printed. */
struct line {
	const struct entry *entry;
	char *label;
	char value[ENTRY_VALUE];
	const char *unit;
	char when[METERBUS_TIME_TEXT];
	/* Of a number: columns before the point, and from it on. */
	int whole, rest;
};

struct layout {
	int label, whole, rest, unit, when;
};

/* ---------------------------------------------------------------- faults */

/* Names of bits with these words mean that a sensor does not measure. */
static bool is_sensor_fault(const char *flag)
{
	static const char *const words[] = { "sensor", "measuring range" };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strstr(flag, words[i]))
			return true;
	return false;
}

/* The reported fault that explains missing values; "" if there is none. */
static void find_fault(char out[ENTRY_TEXT], const struct entries *entries,
		       const struct meterbus_application *app)
{
	const char *flags[METERBUS_STATUS_FLAGS];
	unsigned int count;

	*out = '\0';
	for (size_t i = 0; i < entries->count; i++)
		for (unsigned int j = 0; j < entries->list[i].flag_count; j++) {
			const char *flag = entries->list[i].flags[j];

			if (!is_sensor_fault(flag))
				continue;
			snprintf(out, ENTRY_TEXT, "%s (%s)",
				 _("the meter reports a sensor error"),
				 _(flag));
			return;
		}
	count = meterbus_application_flags(app, flags);
	for (unsigned int i = 0; i < count; i++) {
		if (!strcmp(flags[i], "permanent error"))
			strcpy(out, _("the meter reports a permanent error"));
		else if (!strcmp(flags[i], "temporary error") && !*out)
			strcpy(out, _("the meter reports a temporary error"));
	}
}

/* Whether a fault of the meter may be the reason that the value is missing. */
static const char *fault_of(const struct entry *entry, const char *fault)
{
	if (entry->kind != ENTRY_NO_VALUE || !entry->invalid ||
	    (strcmp(entry->invalid, "not decimal digits") &&
	     strcmp(entry->invalid, "not a number") &&
	     strcmp(entry->invalid, "data error") &&
	     strcmp(entry->invalid, "no data available") &&
	     strcmp(entry->invalid, "marked invalid by the meter")))
		return NULL;
	if (*fault)
		return fault;
	return entry->function == METERBUS_ERROR_STATE ?
		       _("the meter reports an error") :
		       NULL;
}

/* ----------------------------------------------------------------- lines */

static void fill(struct line *line, const struct entry *entry,
		 const char *fault)
{
	char decimal_point = *_(".");
	size_t len;
	FILE *label = open_memstream(&line->label, &len);
	const char *point;
	char *midnight;

	if (!label)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	line->entry = entry;
	entry_label(label, entry);
	fclose(label);
	line->unit = entry_value(line->value, entry, fault_of(entry, fault));
	entry_time(line->when, entry->when);
	/* Values of a day are stamped with its first minute. */
	midnight = strstr(line->when, " 00:00");
	if (midnight)
		*midnight = '\0';
	if (entry->kind != ENTRY_NUMBER || entry->error || entry->flag_count)
		return;
	point = strchr(line->value, entry_units_si ? '.' : decimal_point);
	line->rest = point ? terminal_columns_of(point) : 0;
	line->whole = terminal_columns_of(line->value) - line->rest;
}

static void widen(int *width, int wanted)
{
	if (wanted > *width)
		*width = wanted;
}

static void measure(struct layout *layout, const struct line *line)
{
	int label = terminal_columns_of(line->label);

	if (label <= LABEL_MAX)
		widen(&layout->label, label);
	widen(&layout->whole, line->whole);
	widen(&layout->rest, line->rest);
	if (line->whole)
		widen(&layout->unit, terminal_columns_of(line->unit));
}

/* Prints as much of @text as fits into @columns; returns the rest. */
static const char *print_words(const char *text, int columns, bool last)
{
	const char *end = text, *space = NULL;
	int used = 0;

	for (; *end && used < columns; used++) {
		if (*end == ' ')
			space = end;
		do
			end++;
		while ((*end & 0xC0) == 0x80);
	}
	if (*end && *end != ' ' && space)
		end = space;
	used = printf("%.*s", (int)(end - text), text);
	for (const char *c = text; c < end; c++)
		used -= (*c & 0xC0) == 0x80;
	while (*end == ' ')
		end++;
	if (!last || *end)
		printf("%*s", columns - used, "");
	return end;
}

static void print_number(const struct line *line, const struct layout *layout)
{
	int unit = terminal_columns_of(line->unit);

	printf("%*s%s", layout->whole - line->whole, "", line->value);
	if (!*line->unit && !*line->when)
		return;
	printf("%*s %s", layout->rest - line->rest, "", line->unit);
	if (*line->when)
		printf("%*s  %s %s", layout->unit - unit, "", _("at"),
		       line->when);
}

static void print_other(const struct line *line)
{
	bool fault = line->entry->kind == ENTRY_NO_VALUE;

	if (fault)
		terminal_style(STYLE_FAULT);
	fputs(line->value, stdout);
	if (fault)
		terminal_style(STYLE_PLAIN);
	if (*line->unit)
		printf(" %s", line->unit);
	if (*line->when)
		printf("  %s %s", _("at"), line->when);
}

static void print_bytes(const struct entry *entry)
{
	char hex[HEX_TEXT_SIZE(METERBUS_USER_DATA_MAX)];

	terminal_style(STYLE_FAINT);
	printf("      %s\n", hex_text(hex, entry->raw, entry->raw_len, ' '));
	terminal_style(STYLE_PLAIN);
}

static void print_line(const struct line *line, const struct layout *layout,
		       bool bytes)
{
	bool empty = line->entry->error;
	const char *rest;

	fputs("  ", stdout);
	rest = print_words(line->label, layout->label, empty);
	if (!empty) {
		fputs("  ", stdout);
		if (line->whole)
			print_number(line, layout);
		else
			print_other(line);
	}
	putchar('\n');
	while (*rest) {
		fputs("    ", stdout);
		rest = print_words(rest, layout->label - 2, true);
		putchar('\n');
	}
	if (bytes)
		print_bytes(line->entry);
}

static void print_entries(const struct entries *entries, const char *fault,
			  bool bytes)
{
	struct line *lines = calloc(entries->count + 1, sizeof(*lines));
	struct layout layout = { .label = LABEL_MIN };
	int width = terminal_width(), others;
	size_t count = 0;

	if (!lines)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	for (size_t i = 0; i < entries->count; i++) {
		const struct entry *entry = &entries->list[i];

		if (entry->shown_elsewhere && !bytes)
			continue;
		fill(&lines[count], entry, fault);
		measure(&layout, &lines[count++]);
	}
	/* Labels wrap where the terminal is too narrow for a line. */
	others = 2 + 2 + layout.whole + layout.rest + 1 + layout.unit;
	if (width && width - others < layout.label)
		layout.label = width - others;
	if (layout.label < LABEL_MIN)
		layout.label = LABEL_MIN;
	for (size_t i = 0; i < count; i++) {
		print_line(&lines[i], &layout, bytes);
		free(lines[i].label);
	}
	free(lines);
}

/* ------------------------------------------------------------------ head */

static void print_meter(const struct meterbus_application *app)
{
	const struct meterbus_header *header = &app->header;
	char id[9], code[4], full[METERBUS_ADDRESS_TEXT];
	const uint8_t *bytes = header->address.bytes;
	const char *maker;

	terminal_style(STYLE_STRONG);
	if (!header->has_address) {
		fputs(meterbus_address_id(&header->address, id), stdout);
		terminal_style(STYLE_PLAIN);
		return;
	}
	meterbus_manufacturer_name(header->manufacturer, code);
	if (*code == '?')
		fputs(meterbus_address_format(&header->address, full), stdout);
	else
		printf("%s.%s.%02X.%02X",
		       meterbus_address_id(&header->address, id), code,
		       bytes[6], bytes[7]);
	maker = app->profile ? meterbus_profile_name(app->profile) :
			       maker_name(code);
	if (maker)
		printf(" %s", maker);
	terminal_style(STYLE_PLAIN);
}

static void print_status(const struct meterbus_application *app)
{
	const char *flags[METERBUS_STATUS_FLAGS];
	unsigned int count = meterbus_application_flags(app, flags);

	printf(", %s %u, %s", _("access number"), app->header.access_number,
	       _("status"));
	if (!count)
		printf(" %s", _("ok"));
	else
		terminal_style(STYLE_FAULT);
	for (unsigned int i = 0; i < count; i++)
		printf("%s%s", i ? " + " : " ", _(flags[i]));
	if (count)
		terminal_style(STYLE_PLAIN);
}

static void print_link(const struct meterbus_telegram *telegram)
{
	const char *name = meterbus_c_name(telegram->c);
	bool from_master = telegram->c & METERBUS_C_PRM;

	if (name)
		fputs(name, stdout);
	else
		printf("C=%02X", telegram->c);
	printf(from_master ? _(" to address %u") : _(" from address %u"),
	       telegram->a);
}

/* Contents of a telegram that does not identify a meter. */
static void print_contents(const struct meterbus_application *app)
{
	char text[METERBUS_ADDRESS_TEXT];

	if (!app->ci_name)
		return;
	printf(": %s", _(app->ci_name));
	if (app->parameter_name)
		printf(", %s", _(app->parameter_name));
	if (app->contents == METERBUS_CONTENTS_SELECTION && !app->error)
		printf(_(" of %s"),
		       meterbus_address_format(&app->selection, text));
}

/* Records of mbusd may have been decrypted with its key. */
static bool is_encrypted(const struct entries *entries)
{
	return !entries->count || entries->list[0].error;
}

/* The head of data from a meter begins with the meter, that of others with the link layer. */
static void print_head(const struct meterbus_telegram *telegram,
		       const struct meterbus_application *app, bool encrypted)
{
	char encryption[METERBUS_ENCRYPTION_TEXT];
	bool names_meter = app->has_header &&
			   (app->header.has_address ||
			    app->contents == METERBUS_CONTENTS_FIXED);

	if (names_meter) {
		print_meter(app);
		printf(", %s,", _(meterbus_medium_name(app->header.medium)));
		printf((telegram->c & METERBUS_C_PRM) ?
			       _(" to primary address %u") :
			       _(" primary address %u"),
		       telegram->a);
	} else {
		print_link(telegram);
		print_contents(app);
	}
	if (app->has_header)
		print_status(app);
	meterbus_encryption_format(app, encryption);
	if (*encryption && encrypted)
		printf(", %s", encryption);
	if (app->application_error && names_meter)
		printf(", %s", _(app->ci_name));
	if (app->application_error)
		printf(" %u, %s", app->application_error_code,
		       _(app->application_error));
	putchar('\n');
}

void sheet_print(const struct meterbus_telegram *telegram,
		 const struct meterbus_application *app,
		 struct json_object *records, bool bytes)
{
	struct entries entries;
	char fault[ENTRY_TEXT];

	if (telegram->type == METERBUS_TELEGRAM_ACK) {
		puts(_("acknowledgment E5"));
		return;
	}
	if (records)
		entries_from_json(&entries, records);
	else
		entries_from(&entries, app);
	print_head(telegram, app, is_encrypted(&entries));
	find_fault(fault, &entries, app);
	print_entries(&entries, fault, bytes);
	entries_free(&entries);
}
