// SPDX-License-Identifier: LGPL-2.1-or-later
/* What is in an answer that is not valid as a whole. */
#include <string.h>

#include <meterbus/decode.h>
#include <meterbus/master.h>

#include "master/company.h"

#define ACK	0xE5
#define START	0x68

/* Offsets in a long frame with CI 72. */
#define CI_OFFSET	6
#define ADDRESS_OFFSET	7
#define ACCESS_OFFSET	15

bool company_has_ack(const struct meterbus_exchange *exchange)
{
	const uint8_t *bytes = exchange->answer;
	size_t len = exchange->answer_len;
	size_t first = 0, end = len;

	while (first < len && bytes[first] != ACK)
		first++;
	while (end > first && bytes[end - 1] != ACK)
		end--;
	if (first == end || first > COMPANY_MAX || len - end > COMPANY_MAX)
		return false;
	for (size_t i = first; i < end; i++)
		if (bytes[i] != ACK)
			return false;
	return true;
}

static bool is_answer(const struct meterbus_telegram *telegram)
{
	return telegram->type == METERBUS_TELEGRAM_LONG &&
	       (telegram->c & ~(METERBUS_C_ACD | METERBUS_C_DFC)) ==
		       METERBUS_C_RSP_UD;
}

bool company_has_telegram(const struct meterbus_exchange *exchange,
			  struct meterbus_telegram *telegram)
{
	const uint8_t *bytes = exchange->answer;
	size_t len = exchange->answer_len;

	for (size_t at = 0; at <= COMPANY_MAX + 1 && at + 9 <= len; at++) {
		size_t whole = bytes[at + 1] + 6;

		if (bytes[at] != START || at + whole > len ||
		    meterbus_telegram_parse(telegram, bytes + at, whole,
					    NULL) < 0 ||
		    !is_answer(telegram))
			continue;
		bytes += at + whole;
		len -= at + whole;
		return len <= COMPANY_MAX ||
		       company_same(telegram->raw, whole, bytes, len);
	}
	telegram->raw = NULL;
	return false;
}

/* Where the telegram begins, behind bytes that are none of it. */
static size_t company_start(const uint8_t *bytes, size_t len)
{
	for (size_t at = 0; at <= COMPANY_MAX + 1 && at < len; at++)
		if (bytes[at] == START)
			return at;
	return 0;
}

bool company_same(const uint8_t *a, size_t a_len, const uint8_t *b,
		  size_t b_len)
{
	size_t access = company_start(a, a_len) + ACCESS_OFFSET;
	unsigned int differ = 0;

	if (a_len != b_len || !a_len)
		return false;
	for (size_t i = 0; i < a_len; i++)
		if (a[i] != b[i] && i != access)
			differ++;
	/* The checksum. */
	return differ <= 1;
}

bool company_address(const uint8_t *bytes, size_t len,
		     struct meterbus_address *address)
{
	if (len < COMPANY_ADDRESS_LEN || bytes[CI_OFFSET] != METERBUS_CI_RSP_LONG)
		return false;
	memset(address, 0, sizeof(*address));
	address->secondary = true;
	memcpy(address->bytes, bytes + ADDRESS_OFFSET, sizeof(address->bytes));
	return true;
}
