// SPDX-License-Identifier: GPL-2.0-or-later
#include "replay.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <meterbus/recording.h>

static void begin_turn(struct replay *r, const struct meterbus_record *record)
{
	struct recorded_exchange *exchange;

	if (record->head.len > TELEGRAM_MAX)
		return;
	r->exchanges = grow(r->exchanges, r->nr, sizeof(*r->exchanges));
	exchange = &r->exchanges[r->nr++];
	*exchange = (struct recorded_exchange){.len = record->head.len};
	memcpy(exchange->request, record->data, exchange->len);
}

/*
 * Times of received bytes are those of their delivery: the first one began a
 * character earlier, at least.
 */
static void add_saying(struct replay *r, const struct meterbus_record *record,
		       int64_t asked)
{
	struct recorded_exchange *exchange = &r->exchanges[r->nr - 1];
	struct recorded_answer *answer;

	exchange->answers = grow(exchange->answers, exchange->nr,
				 sizeof(*exchange->answers));
	answer = &exchange->answers[exchange->nr++];
	answer->delay = (int64_t)record->head.first_ns - asked -
			bits_ns(CHAR_BITS, r->baud);
	if (answer->delay < 0)
		answer->delay = 0;
	answer->len = record->head.len;
	memcpy(answer->bytes, record->data, answer->len);
}

static bool load(struct replay *r, struct meterbus_recording *recording)
{
	struct meterbus_record record;
	struct meterbus_error err;
	int64_t asked = 0;
	int got;

	while ((got = meterbus_recording_next(recording, &record, &err)) > 0) {
		if (record.head.kind == METERBUS_KIND_OUTCOME ||
		    !record.head.len)
			continue;
		if (record.head.direction == METERBUS_DIRECTION_SENT) {
			begin_turn(r, &record);
			asked = record.head.last_ns;
		} else if (r->nr) {
			add_saying(r, &record, asked);
		}
	}
	if (got < 0)
		fprintf(stderr, "mbus-sim: %s\n", err.text);
	return got == 0;
}

bool replay_load(struct replay *r, const char *path)
{
	struct meterbus_recording *recording;
	struct meterbus_error err;
	bool good = false;
	FILE *in;

	*r = (struct replay){0};
	in = fopen(path, "re");
	if (!in) {
		fprintf(stderr, "mbus-sim: %s: %s\n", path, strerror(errno));
		return false;
	}
	recording = meterbus_recording_open(in, path, &err);
	if (!recording) {
		fprintf(stderr, "mbus-sim: %s\n", err.text);
	} else {
		r->baud = meterbus_recording_head_of(recording)->baud;
		if (baud_known(r->baud))
			good = load(r, recording);
		else
			fprintf(stderr,
				"mbus-sim: %s: %d is no rate of M-Bus\n", path,
				r->baud);
	}
	meterbus_recording_close(recording);
	fclose(in);
	return good;
}

void replay_free(struct replay *r)
{
	while (r->nr)
		free(r->exchanges[--r->nr].answers);
	free(r->exchanges);
}

static size_t c_place(size_t len)
{
	return len == 5 ? 1 : 4;
}

/* Equal, except for the frame count bit and the checksum. */
static bool alike(const struct recorded_exchange *exchange,
		  const uint8_t *request, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		uint8_t mask = i == c_place(len) ? (uint8_t)~C_FCB : 0xff;

		if (i != len - 2 && (exchange->request[i] ^ request[i]) & mask)
			return false;
	}
	return true;
}

static const struct recorded_exchange *
find(struct replay *r, const uint8_t *request, size_t len, bool exact)
{
	size_t i;

	for (i = 0; i < r->nr; i++) {
		size_t at = (r->next + i) % r->nr;
		const struct recorded_exchange *exchange = &r->exchanges[at];

		if (exchange->len != len)
			continue;
		if (exact ? memcmp(exchange->request, request, len) != 0 :
			    !alike(exchange, request, len))
			continue;
		r->next = at + 1;
		return exchange;
	}
	return NULL;
}

const struct recorded_exchange *
replay_exchange(struct replay *r, const uint8_t *request, size_t len)
{
	const struct recorded_exchange *exchange = find(r, request, len, true);

	return exchange ? exchange : find(r, request, len, false);
}
