// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>

#include <meterbus/decode.h>

#include "reader/match.h"

#define ID_DIGITS 8

/* The only one for which @is returns true. */
static struct agenda_item *
find_only(const struct agenda *agenda,
	  bool (*is)(const struct meterbus_address *meter, const void *context),
	  const void *context)
{
	struct agenda_item *found = NULL;

	for (size_t i = 0; i < agenda->count; i++) {
		if (!is(&agenda->items[i].meter->address, context))
			continue;
		if (found)
			return NULL;
		found = &agenda->items[i];
	}
	return found;
}

static bool is_same(const struct meterbus_address *meter, const void *context)
{
	char a[METERBUS_ADDRESS_TEXT], b[METERBUS_ADDRESS_TEXT];

	return !strcmp(meterbus_address_format(meter, a),
		       meterbus_address_format(context, b));
}

/* Either may have wildcards that match the other. */
static bool may_be(const struct meterbus_address *meter, const void *context)
{
	return meterbus_address_matches(meter, context) ||
	       meterbus_address_matches(context, meter);
}

static bool has_whole_id(const struct meterbus_address *address)
{
	for (unsigned int i = 0; i < ID_DIGITS; i++)
		if (meterbus_address_digit(address, i) > 9)
			return false;
	return address->secondary;
}

struct agenda_item *match_address(const struct agenda *agenda,
				  const struct meterbus_address *address)
{
	struct agenda_item *same = find_only(agenda, is_same, address);

	if (same || !has_whole_id(address))
		return same;
	return find_only(agenda, may_be, address);
}

struct answer {
	bool has_address;
	struct meterbus_address address;
	uint8_t a;
};

static bool has_answered(const struct meterbus_address *meter,
			 const void *context)
{
	const struct answer *answer = context;

	if (meter->secondary)
		return answer->has_address &&
		       meterbus_address_matches(meter, &answer->address);
	/* Selected meters may answer with 0 or 253. */
	return answer->a != METERBUS_A_UNCONFIGURED &&
	       answer->a <= METERBUS_A_PRIMARY_MAX &&
	       meter->primary == answer->a;
}

struct agenda_item *match_answer(const struct agenda *agenda,
				 const uint8_t *telegram, size_t len)
{
	struct meterbus_telegram parsed;
	struct meterbus_application app;
	struct answer answer;

	if (meterbus_telegram_parse(&parsed, telegram, len, NULL) < 0 ||
	    parsed.type != METERBUS_TELEGRAM_LONG)
		return NULL;
	meterbus_application_parse(&app, &parsed);
	answer.has_address = app.has_header && app.header.has_address;
	answer.address = app.header.address;
	answer.a = parsed.a;
	return find_only(agenda, has_answered, &answer);
}
