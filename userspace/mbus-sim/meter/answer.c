// SPDX-License-Identifier: GPL-2.0-or-later
#include "answer.h"
#include "records.h"

#include <string.h>

/* CI fields of a meter, as far as an identity can be put into them. */
enum {
	CI_ERROR = 0x70,
	CI_VARIABLE = 0x72,
	CI_FIXED = 0x73,
	CI_VARIABLE_MODE2 = 0x76,
	CI_SHORT_HEADER = 0x7a,
};

/* ID, manufacturer, version, medium, access number, status, configuration. */
#define LONG_HEADER 12

static void set_checksum(struct recording *r)
{
	r->bytes[r->len - 2] = telegram_checksum(r->bytes + 4, r->len - 6);
}

static void swap_in(uint8_t *to, const uint8_t *from, size_t len)
{
	while (len--)
		*to++ = from[len];
}

static void patch(struct meter *m, struct recording *r)
{
	uint8_t *header = r->bytes + 7;
	size_t room = r->len - 9; /* bytes between CI and checksum */
	uint8_t *access = NULL;

	r->bytes[5] = m->answer_address >= 0 ? m->answer_address : m->address;
	switch (r->bytes[6]) {
	case CI_VARIABLE:
		if (room < 12)
			break;
		memcpy(header, m->identity.id, 4);
		memcpy(header + 4, m->identity.manufacturer, 2);
		header[6] = m->identity.version;
		header[7] = m->identity.medium;
		access = header + 8;
		break;
	case CI_VARIABLE_MODE2:
		if (room < 12)
			break;
		swap_in(header, m->identity.id, 4);
		swap_in(header + 4, m->identity.manufacturer, 2);
		header[6] = m->identity.version;
		header[7] = m->identity.medium;
		access = header + 8;
		break;
	case CI_FIXED:
		if (room < 16)
			break;
		memcpy(header, m->identity.id, 4);
		access = header + 4;
		break;
	case CI_SHORT_HEADER:
		if (room >= 4)
			access = header;
		break;
	}
	if (access && m->model->access_counts)
		*access += m->answers;
	set_checksum(r);
}

/* The records of a telegram with the long header; 0 of any other. */
static size_t records_of(const struct recording *r, const uint8_t **records)
{
	if (r->bytes[6] != CI_VARIABLE || r->len < 9 + LONG_HEADER)
		return 0;
	*records = r->bytes + 7 + LONG_HEADER;
	return r->len - 9 - LONG_HEADER;
}

/* The clock does not run on once it is set. */
static void set_clock(const struct meter *m, struct recording *r)
{
	const uint8_t *records = NULL;
	size_t at = 0, len = records_of(r, &records);
	struct record record;

	while (m->clock_len && record_next(records, len, &at, &record))
		if (record.len == m->clock_len &&
		    !memcmp(record.bytes, m->clock, record.head))
			memcpy(r->bytes + (record.bytes - r->bytes), m->clock,
			       m->clock_len);
}

static void own_telegram(struct meter *m, const struct recording *from,
			 struct recording *to)
{
	*to = *from;
	if (!m->model->patch)
		return;
	set_clock(m, to);
	patch(m, to);
}

bool answer_bytes(struct answer *a, const uint8_t *bytes, size_t len)
{
	memcpy(a->bytes, bytes, len);
	a->len = len;
	return true;
}

bool answer_ack(struct answer *a)
{
	static const uint8_t ack = SINGLE_ACK;

	return answer_bytes(a, &ack, 1);
}

bool answer_recording(struct meter *m, struct answer *a,
		      const struct recording *recording)
{
	struct recording own;

	own_telegram(m, recording, &own);
	return answer_bytes(a, own.bytes, own.len);
}

void answer_make(struct meter *m, size_t number, struct recording *to)
{
	own_telegram(m, &m->model->telegrams[number], to);
}

void answer_make_selected(struct meter *m, struct recording *to)
{
	const struct model *model = m->model;
	const uint8_t *records = NULL;
	struct recording from;
	struct record record;
	size_t i, at, len;

	*to = model->telegrams[0];
	to->len = 7 + LONG_HEADER;
	for (i = 0; i < model->nr_telegrams; i++) {
		answer_make(m, i, &from);
		len = records_of(&from, &records);
		for (at = 0; record_next(records, len, &at, &record);) {
			if (to->len + record.len + 2 > TELEGRAM_MAX ||
			    !record_wanted(m->wanted, m->wanted_len, &record))
				continue;
			memcpy(to->bytes + to->len, record.bytes, record.len);
			to->len += record.len;
		}
	}
	to->bytes[1] = to->bytes[2] = to->len - 4;
	to->len += 2;
	to->bytes[to->len - 1] = 0x16;
	patch(m, to);
}

bool answer_error(struct meter *m, struct answer *a, uint8_t code)
{
	struct recording r = {
		.bytes = {0x68, 4, 4, 0x68, C_RSP_UD, 0, CI_ERROR, code, 0,
			  0x16},
		.len = 10,
	};

	patch(m, &r);
	return answer_bytes(a, r.bytes, r.len);
}

static void spoil(struct answer *a, enum fault fault)
{
	switch (fault) {
	case FAULT_NONE:
		break;
	case FAULT_CHECKSUM:
		a->bytes[a->len - 2]++;
		break;
	case FAULT_LENGTH:
		a->bytes[1]++;
		a->bytes[2]++;
		break;
	case FAULT_LENGTHS:
		a->bytes[2]++;
		break;
	case FAULT_START:
		a->bytes[3] = 0;
		break;
	case FAULT_STOP:
		a->bytes[a->len - 1] = 0;
		break;
	case FAULT_CUT:
		a->len /= 2;
		break;
	}
}

static int64_t random_below(struct meter *m, int64_t most)
{
	return most ? random_next(&m->random) % most : 0;
}

void answer_finish(struct meter *m, struct answer *a, int baud)
{
	const struct model *model = m->model;

	a->baud = baud;
	a->delay = span_ns(&model->delay, baud) +
		   random_below(m, span_ns(&model->jitter, baud));
	a->copy_pause = span_ns(&model->copy_pause, baud);
	a->copies = a->len > 1 ? model->copies : model->acks;
	if (a->len == 1)
		return;
	a->ack_first = model->ack_first;
	a->delay += span_ns(&model->late, baud);
	a->pause_after = model->pause_after;
	a->pause = span_ns(&model->pause, baud);
	a->byte_pause = span_ns(&model->byte_pause, baud);
	if (model->fault && ++m->faults % model->fault_every == 0)
		spoil(a, model->fault);
}
