// SPDX-License-Identifier: GPL-2.0-only
/*
 * What comes from a network gateway, and recordings from anywhere, against any
 * bytes.
 *
 * Input: a control byte that selects one, then bytes or text.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/recording.h>

#include "libmeterbus/gateway/telnet.h"
#include "must.h"

/* In one piece and byte by byte: the same data, the same to send. */
static void gateway(const uint8_t *bytes, size_t len)
{
	struct telnet whole, pieces;
	uint8_t *data = malloc(len + 1);
	uint8_t *again = malloc(len + 1);
	size_t count, i;
	size_t more = 0;

	telnet_start(&whole, 2400);
	telnet_start(&pieces, 2400);
	count = telnet_receive(&whole, bytes, len, data);
	MUST(count <= len);
	for (i = 0; i < len; i++)
		more += telnet_receive(&pieces, bytes + i, 1, again + more);
	MUST(count == more && !memcmp(data, again, count));
	MUST(whole.out_len == pieces.out_len && whole.out_len <= TELNET_OUT_MAX);
	MUST(!memcmp(whole.out, pieces.out, whole.out_len));
	telnet_send(&whole, bytes, len);
	MUST(whole.out_len <= TELNET_OUT_MAX);
	free(again);
	free(data);
}

static void recording(const uint8_t *bytes, size_t len)
{
	struct meterbus_recording *recording;
	struct meterbus_record record;
	struct meterbus_error err = { 0 };
	FILE *in;
	int got = -1;

	if (!len)
		return;
	in = fmemopen((void *)bytes, len, "r");
	MUST(in);
	recording = meterbus_recording_open(in, "fuzz", &err);
	while (recording && (got = meterbus_recording_next(recording, &record,
							   &err)) > 0) {
		MUST(record.head.len <= METERBUS_DATA_MAX);
		MUST(record.head.kind >= METERBUS_KIND_FRAME &&
		     record.head.kind <= METERBUS_KIND_OUTCOME);
		MUST(record.head.outcome < METERBUS_OUTCOME_COUNT);
		MUST(record.head.reason < METERBUS_REASON_COUNT);
	}
	MUST(got == 0 || (err.kind != METERBUS_OK && err.text[0]));
	meterbus_recording_close(recording);
	fclose(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t len)
{
	if (!len)
		return 0;
	if (input[0] % 2)
		gateway(input + 1, len - 1);
	else
		recording(input + 1, len - 1);
	return 0;
}
