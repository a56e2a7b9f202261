// SPDX-License-Identifier: GPL-2.0-only
/*
 * The link layer and the address parser against any bytes.
 *
 * Input: a control byte that selects one, then bytes or text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/address.h>
#include <meterbus/telegram.h>

#include "must.h"

/* An error has its reason, in one line. */
static void check_error(const struct meterbus_error *err)
{
	size_t len = strlen(err->text);

	MUST(err->kind != METERBUS_OK && len && len < sizeof(err->text));
	MUST(!strchr(err->text, '\n'));
}

static void telegram(const uint8_t *bytes, size_t len)
{
	struct meterbus_telegram telegram;
	struct meterbus_error err = { 0 };
	uint8_t again[METERBUS_TELEGRAM_MAX];
	size_t again_len = 1;

	if (meterbus_telegram_parse(&telegram, bytes, len, &err)) {
		check_error(&err);
		return;
	}
	again[0] = 0xE5;
	if (telegram.type == METERBUS_TELEGRAM_SHORT)
		again_len = meterbus_telegram_short(again, telegram.c,
						    telegram.a);
	else if (telegram.type == METERBUS_TELEGRAM_LONG)
		again_len = meterbus_telegram_long(again, telegram.c,
						   telegram.a, telegram.ci,
						   telegram.data,
						   telegram.data_len);
	MUST(again_len == len && !memcmp(again, bytes, len));
}

/* What is accepted means the same once it is printed. */
static void address(const char *text)
{
	struct meterbus_address address, again;
	struct meterbus_error err = { 0 };
	char printed[METERBUS_ADDRESS_TEXT];

	if (meterbus_address_parse(&address, text, &err)) {
		check_error(&err);
		return;
	}
	meterbus_address_format(&address, printed);
	MUST(strlen(printed) < sizeof(printed));
	/* An ID that looks like the bytes of a selection is refused. */
	if (strstr(printed, "FD52"))
		return;
	MUST(!meterbus_address_parse(&again, printed, NULL));
	MUST(address.secondary == again.secondary);
	if (address.secondary) {
		MUST(!memcmp(address.bytes, again.bytes,
			     sizeof(again.bytes)));
		MUST(meterbus_address_matches(&address, &again) ||
		     !meterbus_address_exact(&address));
	} else {
		MUST(address.primary == again.primary);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;

	if (!size)
		return -1;
	if (data[0] & 1) {
		telegram(data + 1, size - 1);
		return 0;
	}
	text = malloc(size);
	memcpy(text, data + 1, size - 1);
	text[size - 1] = '\0';
	address(text);
	free(text);
	return 0;
}
