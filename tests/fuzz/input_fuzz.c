// SPDX-License-Identifier: GPL-2.0-only
/*
 * What mbusctl decode reads, against any file: every form of text and binary
 * telegrams. Reading ends, what is called a telegram is one, and what is not
 * has a reason.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mbusctl/ui/input.h"
#include "must.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct meterbus_telegram again;
	struct input_telegram telegram;
	char why[INPUT_WHY_SIZE] = "", place[INPUT_PLACE_SIZE];
	enum input_result result;
	struct input input;
	size_t steps = 0;
	FILE *in;

	if (!size)
		return -1;
	in = fmemopen((void *)data, size, "r");
	MUST(in);
	input_start(&input, in, "fuzz");
	while ((result = input_next(&input, &telegram, why)) != INPUT_END) {
		/* The shortest telegram has a byte; each may be named once. */
		MUST(steps++ <= size);
		MUST(result == INPUT_TELEGRAM || result == INPUT_BAD ||
		     result == INPUT_LEFT_OUT);
		input_place(&input, place);
		if (result != INPUT_TELEGRAM) {
			MUST(*why && strlen(why) < sizeof(why));
			continue;
		}
		MUST(telegram.telegram.raw == telegram.bytes);
		MUST(!meterbus_telegram_parse(&again, telegram.bytes,
					      telegram.telegram.raw_len,
					      NULL));
		MUST(strlen(telegram.bus) < sizeof(telegram.bus));
	}
	input_end(&input);
	fclose(in);
	return 0;
}
