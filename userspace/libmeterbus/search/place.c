// SPDX-License-Identifier: LGPL-2.1-or-later
/* What a selection may leave open, and what is worth a try there. */
#include <string.h>

#include <meterbus/decode.h>

#include "search/place.h"

#define WILDCARD_DIGIT	0xF
#define WILDCARD	0xFF
#define DECIMAL_DIGITS	10

/* The three letters of a manufacturer are 1 to 26 (EN 62056-21). */
#define LETTERS		26

/* Of meters that are often met on wired buses; the order of what to try. */
static const char *const manufacturers[] = {
	"KAM", "LUG", "HYD", "DME", "ITR", "ELS", "SEN", "SON", "EFE", "PAD",
	"TCH", "QDS", "ABB", "ACW", "AMT", "APA", "AXI", "BEC", "BMT", "DZG",
	"EAS", "EDM", "ELV", "EMH", "EMU", "ESY", "EWT", "FIN", "GAV", "GWF",
	"INV", "ISK", "JAN", "LGB", "LSE", "MAD", "NZR", "REL", "SBC", "SCH",
	"SEO", "SIE", "SLB", "SPX", "SVM", "WEP", "ZRI", "ZRM",
};

#define NR_MANUFACTURERS (sizeof(manufacturers) / sizeof(manufacturers[0]))

/*
 * Positions in the ID by place. Meters of one delivery have consecutive numbers:
 * their last two digits tell them apart, the others only cost silence. Tens
 * first: ten at a time and hardly more than one collision each.
 */
static const uint8_t id_positions[PLACE_AFTER_ID] = {
	[PLACE_TENS] = 6, [PLACE_LAST_DIGIT] = 7, 5, 4, 3, 2, 1, 0,
};

/* Where a byte place is in the selection. */
static size_t byte_of(unsigned int place)
{
	static const size_t bytes[] = {
		[PLACE_MANUFACTURER_HIGH - PLACE_AFTER_ID] = 5,
		[PLACE_MEDIUM - PLACE_AFTER_ID] = 7,
		[PLACE_VERSION - PLACE_AFTER_ID] = 6,
		[PLACE_MANUFACTURER_LOW - PLACE_AFTER_ID] = 4,
	};

	return bytes[place - PLACE_AFTER_ID];
}

static unsigned int fabrication_digit(const struct meterbus_address *mask,
				      unsigned int position)
{
	uint8_t byte = mask->fabrication[3 - position / 2];

	return position & 1 ? byte & 0xF : byte >> 4;
}

static void set_fabrication_digit(struct meterbus_address *mask,
				  unsigned int position, uint8_t digit)
{
	uint8_t *byte = &mask->fabrication[3 - position / 2];

	if (!mask->has_fabrication)
		memset(mask->fabrication, WILDCARD, sizeof(mask->fabrication));
	mask->has_fabrication = true;
	if (position & 1)
		*byte = (*byte & 0xF0) | digit;
	else
		*byte = (*byte & 0x0F) | digit << 4;
}

bool place_is_open(const struct meterbus_address *mask, unsigned int place)
{
	if (place < PLACE_AFTER_ID)
		return meterbus_address_digit(mask, id_positions[place]) ==
		       WILDCARD_DIGIT;
	if (place < PLACE_FABRICATION)
		return mask->bytes[byte_of(place)] == WILDCARD;
	return !mask->has_fabrication ||
	       fabrication_digit(mask, place - PLACE_FABRICATION) ==
		       WILDCARD_DIGIT;
}

unsigned int place_first_open(const struct meterbus_address *mask)
{
	unsigned int place = 0;

	while (place < PLACES && !place_is_open(mask, place))
		place++;
	return place;
}

/* Two digits share a byte, the one printed first is the higher. */
unsigned int place_weight(unsigned int place)
{
	return id_positions[place] & 1 ? 1 : 16;
}

unsigned int place_digit(const struct meterbus_address *address,
			 unsigned int place)
{
	return meterbus_address_digit(address, id_positions[place]);
}

struct meterbus_address place_with(const struct meterbus_address *mask,
				   unsigned int place, uint8_t value)
{
	struct meterbus_address child = *mask;

	if (place < PLACE_AFTER_ID)
		meterbus_address_set_digit(&child, id_positions[place], value);
	else if (place < PLACE_FABRICATION)
		child.bytes[byte_of(place)] = value;
	else
		set_fabrication_digit(&child, place - PLACE_FABRICATION, value);
	return child;
}

/* Values in the order of add(), each once; the wildcard is none. */
struct list {
	struct place_values *values;
	bool listed[256];
};

static void add(struct list *list, uint8_t value)
{
	if (value == WILDCARD || list->listed[value])
		return;
	list->listed[value] = true;
	list->values->values[list->values->count++] = value;
}

static void add_seen(struct list *list, const struct walk *walk, size_t byte)
{
	for (size_t i = 0; i < walk->count; i++)
		if (walk->meters[i].address.secondary)
			add(list, walk->meters[i].address.bytes[byte]);
}

static void add_manufacturers(struct list *list, unsigned int place)
{
	bool high = place == PLACE_MANUFACTURER_HIGH;

	for (size_t i = 0; i < NR_MANUFACTURERS; i++) {
		uint16_t code = meterbus_manufacturer_code(manufacturers[i]);

		add(list, high ? code >> 8 : code & 0xFF);
	}
	for (unsigned int value = 0; value < WILDCARD; value++) {
		unsigned int letter = high ? value >> 2 : value & 0x1F;

		if (letter >= 1 && letter <= LETTERS)
			add(list, value);
	}
}

static void add_media(struct list *list)
{
	for (unsigned int value = 0; value < WILDCARD; value++)
		if (strcmp(meterbus_medium_name(value), "reserved"))
			add(list, value);
}

void place_values(const struct walk *walk, unsigned int place,
		  struct place_values *values)
{
	struct list list = { .values = values };

	values->count = 0;
	if (place_is_digit(place)) {
		values->likely = DECIMAL_DIGITS;
		while (values->count < WILDCARD_DIGIT) {
			values->values[values->count] = values->count;
			values->count++;
		}
		return;
	}
	add_seen(&list, walk, byte_of(place));
	if (place == PLACE_MEDIUM)
		add_media(&list);
	else if (place != PLACE_VERSION)
		add_manufacturers(&list, place);
	values->likely = values->count;
	for (unsigned int value = 0; value < WILDCARD; value++)
		add(&list, value);
	if (place != PLACE_MANUFACTURER_HIGH && place != PLACE_MANUFACTURER_LOW)
		values->likely = values->count;
}
