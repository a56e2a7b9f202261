// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Names of C, A and CI fields (EN 13757-2, EN 13757-3).
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <linux/meterbus.h>
#include <meterbus/link.h>
#include <meterbus/address.h>
#include <meterbus/telegram.h>

#include "ui/describe.h"

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

/* Appended to, and truncated when full. */
struct text {
	char *out;
	size_t used;
};

static void __attribute__((format(printf, 2, 3)))
add(struct text *text, const char *format, ...)
{
	va_list args;
	int length;

	va_start(args, format);
	length = vsnprintf(text->out + text->used,
			   DESCRIPTION_SIZE - text->used, format, args);
	va_end(args);
	text->used += length;
	if (text->used >= DESCRIPTION_SIZE)
		text->used = DESCRIPTION_SIZE - 1;
}

static void add_c(struct text *text, uint8_t c)
{
	const char *name = meterbus_c_name(c);

	if (name)
		add(text, "%s", name);
	else
		add(text, "C=%02X", c);
	if (c & METERBUS_C_PRM) {
		/* FCB is valid only if FCV, bit 4, is set. */
		if (c & 0x10)
			add(text, " FCB=%d", !!(c & METERBUS_C_FCB));
		return;
	}
	if (c & METERBUS_C_ACD)
		add(text, " ACD");
	if (c & METERBUS_C_DFC)
		add(text, " DFC");
}

static const char *ci_name(const struct meterbus_telegram *telegram)
{
	static const char *const bauds[] = {
		"set 300 baud", "set 600 baud", "set 1200 baud",
		"set 2400 baud", "set 4800 baud", "set 9600 baud",
		"set 19200 baud", "set 38400 baud",
	};

	switch (telegram->ci) {
	case METERBUS_CI_RESET:
		return "application reset";
	case METERBUS_CI_SEND:
		return "data to the meter";
	case METERBUS_CI_SELECT:
		return "select";
	case METERBUS_CI_RSP_ERROR:
		return "application error";
	case 0x71:
		return "alarm";
	case METERBUS_CI_RSP_LONG:
		return "data";
	case 0x73:
		return "fixed data";
	}
	if (telegram->ci >= 0xB8 && telegram->ci < 0xB8 + ARRAY_SIZE(bauds))
		return bauds[telegram->ci - 0xB8];
	return NULL;
}

/* ID, manufacturer, version, medium stand at the head of both. */
static bool names_meter(const struct meterbus_telegram *telegram)
{
	return telegram->data_len >= 8 &&
	       (telegram->ci == METERBUS_CI_SELECT ||
		telegram->ci == METERBUS_CI_RSP_LONG);
}

char *describe_telegram(char out[DESCRIPTION_SIZE], const uint8_t *bytes,
			size_t len)
{
	struct meterbus_address address = { .secondary = true };
	struct meterbus_telegram telegram;
	struct text text = { .out = out };
	char name[METERBUS_ADDRESS_TEXT];
	const char *ci;

	out[0] = '\0';
	if (meterbus_telegram_parse(&telegram, bytes, len, NULL) < 0) {
		add(&text, "not a telegram");
		return out;
	}
	if (telegram.type == METERBUS_TELEGRAM_ACK) {
		add(&text, "ack");
		return out;
	}
	add_c(&text, telegram.c);
	add(&text, " A=%u", telegram.a);
	if (telegram.type == METERBUS_TELEGRAM_SHORT)
		return out;
	add(&text, " CI=%02X", telegram.ci);
	ci = ci_name(&telegram);
	if (ci)
		add(&text, " %s", ci);
	if (names_meter(&telegram)) {
		memcpy(address.bytes, telegram.data, sizeof(address.bytes));
		add(&text, " %s", meterbus_address_format(&address, name));
	}
	return out;
}

void each_flag(uint32_t flags, void (*each)(const char *name, void *context),
	       void *context)
{
	unsigned int bit;

	for (bit = 0; bit < 32; bit++)
		if (flags & 1U << bit)
			each(meterbus_flag_name(bit), context);
}
