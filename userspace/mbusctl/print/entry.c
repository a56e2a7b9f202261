// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdlib.h>
#include <string.h>

#include "daemon/daemon.h"
#include "ui/command.h"
#include "print/entry.h"
#include "ui/hex.h"
#include "ui/language.h"
#include "print/units.h"

bool entry_units_si;

/* ------------------------------------------------- from a decoded record */

/* Control characters must not reach the terminal. */
static void clean(char *text)
{
	for (; *text; text++) {
		unsigned char c = *text;

		/* 0x80 to 0x9F of ISO 8859-1 are C2 80 to C2 9F. */
		if (c == 0xC2 && (unsigned char)text[1] < 0xA0) {
			memmove(text, text + 1, strlen(text));
			c = 0;
		}
		if (c < ' ' || c == 0x7F)
			*text = '?';
	}
}

static void take_flags(struct entry *entry,
		       const struct meterbus_data_record *record)
{
	uint64_t bits = record->value.number.mantissa;

	for (unsigned int i = 0; bits; i++, bits >>= 1) {
		const char *name = i < record->bit_count ? record->bits[i] :
							   NULL;

		if (!(bits & 1))
			continue;
		if (!name) {
			name = entry->bits[entry->flag_count];
			snprintf(entry->bits[entry->flag_count],
				 sizeof(entry->bits[0]), "bit %u", i);
		}
		entry->flags[entry->flag_count++] = name;
	}
}

static void take_bytes(struct entry *entry, size_t count)
{
	snprintf(entry->value, ENTRY_TEXT,
		 dngettext(LANGUAGE_DOMAIN, "%zu byte", "%zu bytes", count),
		 count);
}

static void take_value(struct entry *entry,
		       const struct meterbus_data_record *record)
{
	const struct meterbus_value *value = &record->value;

	entry->kind = ENTRY_WORDS;
	switch (value->type) {
	case METERBUS_VALUE_NONE:
		entry->kind = ENTRY_NO_VALUE;
		entry->invalid = value->invalid;
		return;
	case METERBUS_VALUE_NUMBER:
		entry->kind = ENTRY_NUMBER;
		entry->exponent = value->number.exponent;
		meterbus_decimal_format(&value->number, entry->value);
		if (record->bits)
			take_flags(entry, record);
		return;
	case METERBUS_VALUE_TIME:
		entry->kind = ENTRY_TIME;
		entry->summer_time = value->time.summer_time;
		entry->marked_invalid = value->time.marked_invalid;
		meterbus_time_format(&value->time, entry->value);
		return;
	case METERBUS_VALUE_TEXT:
		meterbus_text_utf8(&value->text, entry->value, ENTRY_TEXT);
		clean(entry->value);
		return;
	case METERBUS_VALUE_WORD:
		snprintf(entry->value, ENTRY_TEXT, "%s", value->word);
		return;
	case METERBUS_VALUE_BYTES:
		take_bytes(entry, value->bytes.len);
		return;
	}
}

static void take_record(struct entry *entry,
			const struct meterbus_data_record *record)
{
	memset(entry, 0, sizeof(*entry));
	memcpy(entry->raw, record->raw, record->raw_len);
	entry->raw_len = record->raw_len;
	entry->error = record->error;
	if (record->error)
		return;
	entry->quantity = record->quantity;
	memcpy(entry->modifiers, record->modifiers,
	       record->modifier_count * sizeof(entry->modifiers[0]));
	entry->modifier_count = record->modifier_count;
	for (size_t i = 0; i < record->manufacturer_vife_len &&
			   i < METERBUS_VIFE_MAX; i++) {
		snprintf(entry->codes[i], sizeof(entry->codes[i]),
			 "manufacturer code %02X",
			 record->manufacturer_vife[i] & 0x7F);
		entry->modifiers[entry->modifier_count++] = entry->codes[i];
	}
	entry->function = record->function;
	entry->storage = record->storage;
	entry->tariff = record->tariff;
	entry->subunit = record->subunit;
	meterbus_unit_format(record, entry->unit);
	clean(entry->unit);
	if (record->has_time)
		meterbus_time_format(&record->time, entry->when);
	take_value(entry, record);
}

/* -------------------------------------------------------------- from JSON */

/*
 * The JSON does not have the place of a number's last digit, the record's own
 * bytes do, if they stand for that number by themselves.
 */
static int exponent_of(const struct entry *entry)
{
	const struct meterbus_application app = {
		.contents = METERBUS_CONTENTS_RECORDS,
		.records = entry->raw,
		.records_len = entry->raw_len,
	};
	char number[METERBUS_DECIMAL_TEXT];
	struct meterbus_data_records records;
	struct meterbus_data_record record;

	meterbus_data_records_start(&records, &app);
	if (!meterbus_data_record_next(&records, &record) || record.error ||
	    record.value.type != METERBUS_VALUE_NUMBER)
		return UNITS_NO_EXPONENT;
	meterbus_decimal_format(&record.value.number, number);
	return strcmp(number, entry->value) ? UNITS_NO_EXPONENT :
					      record.value.number.exponent;
}

static bool is_time(const char *text)
{
	size_t date = strspn(text, "0123456789X-");

	if (text[2] == ':')
		return strlen(text) <= strlen("22:33:05");
	return date == strlen("2024-09-10") && text[4] == '-' &&
	       text[7] == '-' && (!text[date] || text[date] == 'T');
}

/* A value that equals the last hex digits of the record is not interpreted data. */
static bool is_rest(const char *text, const char *raw)
{
	size_t len = strlen(text), all = strlen(raw);

	return len && len <= all && !strcmp(raw + all - len, text);
}

static void json_value(struct entry *entry, struct json_object *record)
{
	const char *text = daemon_text(record, "value");
	const char *raw = daemon_text(record, "raw");
	const char *number = daemon_exact_number(record, "value");

	if (*daemon_text(record, "invalid")) {
		entry->kind = ENTRY_NO_VALUE;
		entry->invalid = daemon_text(record, "invalid");
		return;
	}
	snprintf(entry->value, ENTRY_TEXT, "%s", number ? number : text);
	if (number) {
		entry->kind = ENTRY_NUMBER;
		entry->exponent = exponent_of(entry);
		return;
	}
	entry->kind = is_time(text) ? ENTRY_TIME : ENTRY_WORDS;
	entry->summer_time = *daemon_text(record, "summer_time");
	entry->marked_invalid = *daemon_text(record, "marked_invalid");
	if (is_rest(text, raw))
		take_bytes(entry, strlen(text) / 2);
}

static unsigned int json_words(const char **words, unsigned int max,
			       struct json_object *list)
{
	unsigned int count = 0;

	for (size_t i = 0; i < daemon_list_length(list) && count < max; i++)
		words[count++] = json_object_get_string(
			daemon_list_item(list, i));
	return count;
}

static const char *text_or_null(struct json_object *object, const char *key)
{
	const char *text = daemon_text(object, key);

	return *text ? text : NULL;
}

void entry_from_json(struct entry *entry, struct json_object *record)
{
	uint8_t raw[METERBUS_TELEGRAM_MAX];
	char why[HEX_WHY_SIZE];
	size_t len = 0;

	memset(entry, 0, sizeof(*entry));
	if (hex_parse(raw, &len, daemon_text(record, "raw"), 0, why) == 0 &&
	    len <= sizeof(entry->raw)) {
		memcpy(entry->raw, raw, len);
		entry->raw_len = len;
	}
	entry->error = text_or_null(record, "error");
	if (entry->error)
		return;
	entry->quantity = daemon_text(record, "quantity");
	entry->modifier_count = json_words(entry->modifiers, ENTRY_MODIFIERS,
					   daemon_list(record, "modifiers"));
	entry->flag_count = json_words(entry->flags, ENTRY_FLAGS,
				       daemon_list(record, "flags"));
	for (int i = METERBUS_INSTANTANEOUS; i <= METERBUS_ERROR_STATE; i++)
		if (!strcmp(daemon_text(record, "function"),
			    meterbus_function_name(i)))
			entry->function = i;
	entry->storage = daemon_number(record, "storage");
	entry->tariff = daemon_number(record, "tariff");
	entry->subunit = daemon_number(record, "subunit");
	snprintf(entry->unit, ENTRY_TEXT, "%s", daemon_text(record, "unit"));
	snprintf(entry->when, METERBUS_TIME_TEXT, "%s",
		 daemon_text(record, "time"));
	clean(entry->unit);
	json_value(entry, record);
	clean(entry->value);
}

/* ------------------------------------------------------- times and values */

/* A time that only dates other values. */
static bool is_stamp(const struct entry *entry)
{
	return !entry->error && entry->kind == ENTRY_TIME &&
	       !entry->modifier_count && !entry->marked_invalid &&
	       !entry->summer_time &&
	       (entry->storage || entry->function != METERBUS_INSTANTANEOUS);
}

static bool same_place(const struct entry *a, const struct entry *b)
{
	return a->function == b->function && a->tariff == b->tariff &&
	       a->subunit == b->subunit;
}

/* The nearest of those for the same place, else of those for its storage. */
static struct entry *find_stamp(const struct entries *entries, size_t at)
{
	const struct entry *value = &entries->list[at];
	struct entry *best = NULL;
	size_t best_distance = 0;

	for (size_t i = 0; i < entries->count; i++) {
		struct entry *stamp = &entries->list[i];
		size_t distance = i > at ? i - at : at - i;

		if (!is_stamp(stamp) || stamp->storage != value->storage)
			continue;
		if (!same_place(stamp, value)) {
			if (!stamp->storage || stamp->tariff || stamp->subunit ||
			    stamp->function != METERBUS_INSTANTANEOUS)
				continue;
			distance += entries->count;
		}
		if (best && distance >= best_distance)
			continue;
		best = stamp;
		best_distance = distance;
	}
	return best;
}

static void join_times(struct entries *entries)
{
	for (size_t i = 0; i < entries->count; i++) {
		struct entry *entry = &entries->list[i], *stamp;

		if (entry->error || entry->kind == ENTRY_TIME || *entry->when)
			continue;
		stamp = find_stamp(entries, i);
		if (!stamp)
			continue;
		memcpy(entry->when, stamp->value, METERBUS_TIME_TEXT);
		stamp->shown_elsewhere = true;
	}
}

static struct entry *new_entry(struct entries *entries)
{
	/* The array is doubled at each power of two. */
	if (!(entries->count & (entries->count - 1)))
		entries->list = realloc(entries->list,
					(2 * entries->count + 1) *
						sizeof(*entries->list));
	if (!entries->list)
		exit(fail(STATUS_SYSTEM, "out of memory"));
	return &entries->list[entries->count++];
}

void entries_from(struct entries *entries,
		  const struct meterbus_application *app)
{
	struct meterbus_data_records records;
	struct meterbus_data_record record;

	*entries = (struct entries){ 0 };
	meterbus_data_records_start(&records, app);
	while (meterbus_data_record_next(&records, &record))
		take_record(new_entry(entries), &record);
	join_times(entries);
}

void entries_from_json(struct entries *entries, struct json_object *records)
{
	*entries = (struct entries){ 0 };
	for (size_t i = 0; i < daemon_list_length(records); i++)
		entry_from_json(new_entry(entries),
				daemon_list_item(records, i));
	join_times(entries);
}

void entries_free(struct entries *entries)
{
	free(entries->list);
}

/* -------------------------------------------------------------- in words */

char *entry_time(char out[METERBUS_TIME_TEXT], const char *iso)
{
	char *t;

	snprintf(out, METERBUS_TIME_TEXT, "%.23s", iso);
	t = strchr(out, 'T');
	if (t)
		*t = ' ';
	return out;
}

static void add_modifier(FILE *out, const char *words)
{
	static const char code[] = "manufacturer code ";

	if (!strncmp(words, code, strlen(code)))
		fprintf(out, ", %s %s", _("manufacturer code"),
			words + strlen(code));
	else
		fprintf(out, ", %s", _(words));
}

void entry_label(FILE *out, const struct entry *entry)
{
	static const char *const functions[] = {
		"", N_("maximum"), N_("minimum"), N_("during an error"),
	};

	if (entry->error) {
		fprintf(out, "%s: %s", _("not decoded"), _(entry->error));
		return;
	}
	fputs(_(entry->quantity), out);
	for (unsigned int i = 0; i < entry->modifier_count; i++)
		add_modifier(out, entry->modifiers[i]);
	if (entry->function != METERBUS_INSTANTANEOUS)
		fprintf(out, ", %s", _(functions[entry->function & 3]));
	if (entry->tariff)
		fprintf(out, ", %s %u", _("tariff"), entry->tariff);
	if (entry->subunit)
		fprintf(out, ", %s %u", _("subunit"), entry->subunit);
	if (entry->storage && !*entry->when)
		fprintf(out, ", %s %llu", _("storage"),
			(unsigned long long)entry->storage);
}

/* "8 (T1 above measuring range)" */
static void add_flags(char out[ENTRY_VALUE], const struct entry *entry)
{
	size_t len = strlen(out);

	for (unsigned int i = 0; i < entry->flag_count && len < ENTRY_VALUE;
	     i++)
		len += snprintf(out + len, ENTRY_VALUE - len, "%s%s",
				i ? ", " : " (", _(entry->flags[i]));
	if (entry->flag_count && len < ENTRY_VALUE - 1)
		strcpy(out + len, ")");
}

static const char *number_value(char out[ENTRY_VALUE],
				const struct entry *entry)
{
	char number[UNITS_TEXT], grouped[UNITS_GROUPED];
	const char *unit = entry->unit;
	char *point;

	if (!*unit || entry_units_si) {
		snprintf(out, ENTRY_VALUE, "%s", entry->value);
	} else {
		unit = units_of_face(number, entry->value, entry->exponent,
				     unit);
		snprintf(out, ENTRY_VALUE, "%s", units_group(grouped, number));
	}
	point = entry_units_si ? NULL : strchr(out, '.');
	if (point)
		/* Translators: the decimal point, one character of ASCII. */
		*point = *_(".");
	add_flags(out, entry);
	return unit;
}

const char *entry_value(char out[ENTRY_VALUE], const struct entry *entry,
			const char *fault)
{
	char time[METERBUS_TIME_TEXT];

	*out = '\0';
	if (entry->error)
		return "";
	switch (entry->kind) {
	case ENTRY_NUMBER:
		return number_value(out, entry);
	case ENTRY_NO_VALUE:
		snprintf(out, ENTRY_VALUE, "%s: %s", _("no value"),
			 fault ? fault : _(entry->invalid));
		return "";
	case ENTRY_TIME:
		snprintf(out, ENTRY_VALUE, "%s%s%s%s%s",
			 entry_time(time, entry->value),
			 entry->summer_time ? " " : "",
			 entry->summer_time ? _("summer time") : "",
			 entry->marked_invalid ? " " : "",
			 entry->marked_invalid ?
				 _("(marked invalid by the meter)") :
				 "");
		return "";
	case ENTRY_WORDS:
		/* Any other text is that of the meter. */
		snprintf(out, ENTRY_VALUE, "%s",
			 strcmp(entry->quantity, "device type") ?
				 entry->value :
				 _(entry->value));
		return entry->unit;
	}
	return "";
}
