// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Addresses as people write them; other pasted text is recognised.
 */
#include <ctype.h>
#include <string.h>

#include <meterbus/address.h>
#include <meterbus/telegram.h>

#include "base/bytes.h"
#include "base/digits.h"

#define ID_DIGITS	8
#define FULL_DIGITS	16
#define WILDCARD	0xFF

#define FORMS "write 5, 31892743, 3189274324232804 or 31892743.HYD.28.04"

/* True if the @count characters at @text are hex digits. */
static bool all_hex(const char *text, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes_hex_digit(text[i]) < 0)
			return false;
	return true;
}

static bool all_decimal(const char *text, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!isdigit((unsigned char)text[i]))
			return false;
	return true;
}

static uint8_t hex_byte(const char *text)
{
	return bytes_hex_digit(text[0]) << 4 | bytes_hex_digit(text[1]);
}

/*
 * Bytes of a telegram as logs print them: hex pairs, with or without spaces,
 * colons, commas, dashes or 0x between. Returns how many, 0 if @text is
 * anything else.
 */
static size_t pasted_bytes(const char *text, uint8_t *bytes, size_t max)
{
	size_t count = 0;

	while (*text) {
		if (strchr(" \t:,-", *text)) {
			text++;
			continue;
		}
		if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X')) {
			text += 2;
			continue;
		}
		if (bytes_hex_digit(text[0]) < 0 || bytes_hex_digit(text[1]) < 0 ||
		    count == max)
			return 0;
		bytes[count++] = hex_byte(text);
		text += 2;
	}
	return count;
}

/* The shortest way to write @address: the ID alone if the rest is wildcard. */
static const char *shortest(const struct meterbus_address *address,
			    char out[METERBUS_ADDRESS_TEXT])
{
	static const uint8_t any[4] = { WILDCARD, WILDCARD, WILDCARD,
					WILDCARD };

	meterbus_address_format(address, out);
	if (!memcmp(address->bytes + 4, any, sizeof(any)))
		out[ID_DIGITS] = '\0';
	return out;
}

/* C of a SND_UD, A = 253, CI = 52, then ID and, if not cut off, the rest. */
static bool find_selection(const uint8_t *bytes, size_t count,
			   struct meterbus_address *inside)
{
	for (size_t i = 0; i + 7 <= count; i++) {
		size_t rest = count - i - 3;

		if ((bytes[i] & ~METERBUS_C_FCB) != METERBUS_C_SND_UD ||
		    bytes[i + 1] != METERBUS_A_SELECTED ||
		    bytes[i + 2] != METERBUS_CI_SELECT)
			continue;
		inside->secondary = true;
		memset(inside->bytes, WILDCARD, sizeof(inside->bytes));
		memcpy(inside->bytes, bytes + i + 3, rest < 8 ? 4 : 8);
		return true;
	}
	return false;
}

/* The head of a readout: 68 C A 72 and the meter's own address. */
static bool find_readout(const uint8_t *bytes, size_t count,
			 struct meterbus_address *inside)
{
	for (size_t i = 0; i + 12 <= count; i++) {
		const char *name = meterbus_c_name(bytes[i + 1]);

		if (bytes[i] != 0x68 || !name || strcmp(name, "RSP_UD") ||
		    bytes[i + 3] != METERBUS_CI_RSP_LONG)
			continue;
		inside->secondary = true;
		memcpy(inside->bytes, bytes + i + 4, 8);
		return true;
	}
	return false;
}

/*
 * People paste lines of a log. Fills @err and returns true if @text is such,
 * and not something that could be an address.
 */
static bool explain_paste(const char *text, struct meterbus_error *err)
{
	struct meterbus_address inside = { 0 };
	uint8_t bytes[METERBUS_TELEGRAM_MAX];
	char use[METERBUS_ADDRESS_TEXT], id[9];
	size_t count = pasted_bytes(text, bytes, sizeof(bytes));

	if (find_selection(bytes, count, &inside)) {
		meterbus_fail(err, METERBUS_E_USAGE,
			      "\"%.36s%s\" is a piece of a selection telegram, not an address; the ID in it is %s (sent low byte first): use %s",
			      text, strlen(text) > 36 ? "..." : "",
			      meterbus_address_id(&inside, id),
			      shortest(&inside, use));
		return true;
	}
	if (find_readout(bytes, count, &inside)) {
		meterbus_fail(err, METERBUS_E_USAGE,
			      "\"%.24s...\" is a readout, not an address; it comes from meter %s: use that, or decode it",
			      text, meterbus_address_format(&inside, use));
		return true;
	}
	if (count >= 5 && count != 8) {
		meterbus_fail(err, METERBUS_E_USAGE,
			      "\"%.36s%s\" is %zu raw bytes, not an address; " FORMS
			      ", or use send for raw telegrams",
			      text, strlen(text) > 36 ? "..." : "", count);
		return true;
	}
	return false;
}

static int parse_primary(struct meterbus_address *address, const char *text,
			 struct meterbus_error *err)
{
	unsigned int value = 0;

	for (const char *p = text; *p; p++)
		value = value * 10 + (unsigned int)(*p - '0');
	if (value > 255)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "no primary address %s: they go from 0 to 250; an ID has 8 digits",
				     text);
	if (value == 251 || value == 252)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "primary address %u is reserved: meters have 0 to 250",
				     value);
	address->primary = value;
	return 0;
}

/* Eight digits as printed to four bytes low first. */
static void parse_number(uint8_t bytes[4], const char *text)
{
	for (size_t i = 0; i < 4; i++)
		bytes[3 - i] = hex_byte(text + 2 * i);
}

static int parse_fabrication(struct meterbus_address *address, const char *text,
			     const char *part, struct meterbus_error *err)
{
	size_t len = strlen(part);

	if (len != ID_DIGITS || !all_hex(part, len))
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "the fabrication number in \"%.40s\" must be 8 digits, F for any digit",
				     text);
	address->has_fabrication = true;
	parse_number(address->fabrication, part);
	return 0;
}

static int parse_manufacturer(struct meterbus_address *address,
			      const char *text, const char *part, size_t len,
			      struct meterbus_error *err)
{
	char name[4] = "";
	uint16_t code;

	if (len == 4 && !strncasecmp(part, "FFFF", 4))
		return 0;
	if (len == 3)
		memcpy(name, part, 3);
	for (size_t i = 0; i < 3; i++)
		name[i] = toupper((unsigned char)name[i]);
	code = meterbus_manufacturer_code(name);
	if (!code)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "\"%.*s\" in \"%.40s\" is no manufacturer: write three letters (HYD) or FFFF for any",
				     (int)(len > 20 ? 20 : len), part, text);
	address->bytes[4] = code & 0xFF;
	address->bytes[5] = code >> 8;
	return 0;
}

/* All 16 digits, and the fabrication number behind a dot. */
static int parse_full(struct meterbus_address *address, const char *text,
		      struct meterbus_error *err)
{
	parse_number(address->bytes, text);
	for (size_t i = ID_DIGITS; i < FULL_DIGITS; i += 2)
		address->bytes[i / 2] = hex_byte(text + i);
	if (!text[FULL_DIGITS])
		return 0;
	return parse_fabrication(address, text, text + FULL_DIGITS + 1, err);
}

/* ID.MAN.VERSION.MEDIUM.FABRICATION, trailing parts optional. */
static int parse_dotted(struct meterbus_address *address, const char *text,
			struct meterbus_error *err)
{
	static const char *const names[] = { "", "", "version", "medium" };
	const char *part = text;

	for (unsigned int field = 0;; field++) {
		size_t len = strcspn(part, ".");

		if (field == 4)
			return parse_fabrication(address, text, part, err);
		if (field == 0) {
			if (len != ID_DIGITS || !all_hex(part, len))
				return meterbus_fail(err, METERBUS_E_USAGE,
						     "the ID in \"%.40s\" must be 8 digits, F for any digit",
						     text);
			parse_number(address->bytes, part);
		} else if (field == 1) {
			if (parse_manufacturer(address, text, part, len, err))
				return -1;
		} else {
			if (len != 2 || !all_hex(part, len))
				return meterbus_fail(err, METERBUS_E_USAGE,
						     "the %s in \"%.40s\" must be two hex digits, FF for any",
						     names[field], text);
			address->bytes[4 + field] = hex_byte(part);
		}
		if (!part[len])
			return 0;
		part += len + 1;
	}
}

int meterbus_address_parse(struct meterbus_address *address, const char *text,
			   struct meterbus_error *err)
{
	size_t len = strlen(text);

	memset(address, 0, sizeof(*address));
	if (!len)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "the address is empty; " FORMS);
	if (len <= 3 && all_decimal(text, len))
		return parse_primary(address, text, err);

	if (explain_paste(text, err))
		return -1;

	address->secondary = true;
	memset(address->bytes, WILDCARD, sizeof(address->bytes));
	if (strcspn(text, ".") == FULL_DIGITS && all_hex(text, FULL_DIGITS))
		return parse_full(address, text, err);
	if (strchr(text, '.'))
		return parse_dotted(address, text, err);

	if (!all_hex(text, len))
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "\"%.40s\" is no address; " FORMS, text);
	if (len != ID_DIGITS)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "\"%.40s\" has %zu digits: an ID has 8, a full secondary address 16, a primary address at most 3",
				     text, len);
	parse_number(address->bytes, text);
	return 0;
}

/* Digits of an ID are sent with the last ones first. */
static char *put_id(char *out, const uint8_t id[4])
{
	for (int i = 3; i >= 0; i--)
		out = digits_byte(out, id[i]);
	return out;
}

char *meterbus_address_format(const struct meterbus_address *address,
			      char out[METERBUS_ADDRESS_TEXT])
{
	char *end;

	if (!address->secondary) {
		end = digits_number(out, address->primary, 1);
	} else {
		end = put_id(out, address->bytes);
		end = digits_bytes(end, address->bytes + 4, 4);
	}
	if (address->secondary && address->has_fabrication) {
		*end++ = '.';
		end = put_id(end, address->fabrication);
	}
	*end = '\0';
	return out;
}

/* Four bytes of digits have one that is open. */
static bool has_open_digit(const uint8_t bytes[4])
{
	for (unsigned int i = 0; i < 4; i++)
		if (bytes[i] >> 4 == 0xF || (bytes[i] & 0xF) == 0xF)
			return true;
	return false;
}

bool meterbus_address_exact(const struct meterbus_address *address)
{
	if (!address->secondary)
		return true;
	if (has_open_digit(address->bytes) ||
	    (address->has_fabrication && has_open_digit(address->fabrication)))
		return false;
	return !memchr(address->bytes + 4, WILDCARD, 4);
}

static bool digits_match(const uint8_t mask[4], const uint8_t digits[4])
{
	for (unsigned int i = 0; i < 4; i++) {
		uint8_t high = mask[i] >> 4, low = mask[i] & 0xF;

		if ((high != 0xF && high != digits[i] >> 4) ||
		    (low != 0xF && low != (digits[i] & 0xF)))
			return false;
	}
	return true;
}

bool meterbus_address_matches(const struct meterbus_address *mask,
			      const struct meterbus_address *meter)
{
	if (mask->secondary != meter->secondary)
		return false;
	if (!mask->secondary)
		return mask->primary == meter->primary;
	if (!digits_match(mask->bytes, meter->bytes))
		return false;
	for (unsigned int i = 4; i < 8; i++)
		if (mask->bytes[i] != WILDCARD &&
		    mask->bytes[i] != meter->bytes[i])
			return false;
	return !mask->has_fabrication ||
	       (meter->has_fabrication &&
		digits_match(mask->fabrication, meter->fabrication));
}

/* Positions 0..7 are the ID as printed, 8..15 the other bytes as carried. */
static unsigned int byte_of(unsigned int position)
{
	return position < ID_DIGITS ? 3 - position / 2 : position / 2;
}

unsigned int meterbus_address_digit(const struct meterbus_address *address,
				    unsigned int position)
{
	uint8_t byte = address->bytes[byte_of(position)];

	return position & 1 ? byte & 0xF : byte >> 4;
}

void meterbus_address_set_digit(struct meterbus_address *address,
				unsigned int position, unsigned int digit)
{
	uint8_t *byte = &address->bytes[byte_of(position)];

	if (position & 1)
		*byte = (*byte & 0xF0) | (digit & 0xF);
	else
		*byte = (*byte & 0x0F) | (digit & 0xF) << 4;
}

char *meterbus_address_id(const struct meterbus_address *address, char out[9])
{
	*put_id(out, address->bytes) = '\0';
	return out;
}

char *meterbus_manufacturer_name(uint16_t code, char out[4])
{
	strcpy(out, "?");
	for (unsigned int i = 0; i < 3; i++) {
		unsigned int letter = code >> (10 - 5 * i) & 0x1F;

		if (letter < 1 || letter > 26 || code >> 15)
			return strcpy(out, "?");
		out[i] = 'A' + letter - 1;
	}
	out[3] = '\0';
	return out;
}

uint16_t meterbus_manufacturer_code(const char *name)
{
	uint16_t code = 0;

	if (strlen(name) != 3)
		return 0;
	for (unsigned int i = 0; i < 3; i++) {
		if (name[i] < 'A' || name[i] > 'Z')
			return 0;
		code = code << 5 | (name[i] - 'A' + 1);
	}
	return code;
}
