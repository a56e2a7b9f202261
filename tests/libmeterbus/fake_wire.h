/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A wire with meters for tests of the library: time is a number, answers of
 * several meters are ANDed byte by byte as on a real wire, the converter may
 * need time to turn round and may signal collisions. What the driver does
 * (guard, window, repeats, outcome) is modelled as the uAPI describes it.
 */
#ifndef TESTS_FAKE_WIRE_H
#define TESTS_FAKE_WIRE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <meterbus/link.h>
#include <meterbus/telegram.h>

#define FAKE_METERS	256
#define FAKE_SENT	20000
#define FAKE_PARTS	4

#define FAKE_WINDOW_US	207500		/* 2400 baud with slack */
#define FAKE_CHAR_US	4583
#define FAKE_DELAY_US	40000		/* of every meter */
#define FAKE_QUIET_US	100000	/* after a collision, besides the guard */
#define FAKE_BREAK_US	60000

struct fake_meter {
	uint8_t address[8];	/* as a selection carries it */
	uint8_t primary;
	/* Known to an enhanced selection; otherwise it does not answer one. */
	bool has_fabrication;
	uint8_t fabrication[4];	/* low byte first */
	/* Faults. */
	bool ignores_rest;	/* selected by its ID whatever comes behind */
	bool mute;		/* acknowledges, never answers a request */
	bool no_data;		/* E5 to each request */
	bool wants_fcb_zero;	/* takes only 5B */
	bool ignores_fcb;	/* sends its first telegram again and again */
	bool endless;		/* always announces more */
	bool circles;		/* the same, and begins again after its parts */
	bool no_nke;		/* knows no SND_NKE */
	bool obeys;		/* does what CI 51 01 7A and CI B8 to BF say */
	bool lost_by_writing;	/* answers nobody any more after CI 51 */
	uint32_t settle_us;	/* deaf for so long after its selection */
	uint8_t odd_a;		/* answers with this A if not zero */
	uint32_t baud;		/* hears this rate only; 0: every rate */
	uint32_t late_us;	/* answers so much later */
	uint8_t wants;		/* no data before an SND_UD with this CI */
	uint8_t without;	/* it answers with this CI then; 0: E5 */
	unsigned int busy;	/* requests it answers with CI 70, code 8 */
	unsigned int busy_at;	/* the same once, before this part; 0: never */
	uint8_t alarm;		/* CI of its answer to REQ_UD1; 0: none, E5: an ACK */
	uint8_t c;		/* ACD, DFC in its answers */
	/* Telegrams in a row; DIF 1F at the end of all but the last. */
	unsigned int parts;
	const uint8_t *records;	/* instead of its own, one telegram */
	size_t records_len;
	/* State. */
	bool selected;
	bool prepared;		/* had what it wants */
	int last_fcb;		/* -1: none yet */
	unsigned int part;	/* of the telegram sent last */
	uint8_t access;
	unsigned int readouts;	/* telegrams that were not repeats */
	uint64_t selected_us;
};

struct fake_wire {
	struct meterbus_link link;
	struct fake_meter meters[FAKE_METERS];
	size_t count;
	struct meterbus_timing timing;
	bool refuse_timing;
	uint32_t baud;		/* 0: the link cannot change it */
	uint32_t baud_max;	/* what the adapter can do */
	uint32_t turnaround_us;
	/* This many answers at once make a collision break; 0: never. */
	unsigned int break_above;
	/* Noise: damage the answer, or lose the request, of every n-th. */
	unsigned int damage_every;
	unsigned int lose_every;
	unsigned long lose_at;		/* this transmission, from 1 */
	unsigned int lose_more;		/* and so many after it */
	unsigned long others;		/* frames that other users sent */
	uint32_t window_us;		/* of the last exchange */
	/* What requests get from this part on instead of the meter's telegram. */
	const uint8_t *canned;
	size_t canned_len;
	unsigned int canned_from;
	/* Exchanges after which the link fails. */
	unsigned long fail_after;
	uint64_t now_us;
	uint64_t last_received_us;
	uint64_t break_end_us;
	bool collided;
	bool held;
	bool hold_error;	/* held twice, or an answer without a hold */
	unsigned long transmissions;
	unsigned long exchanges;
	/* All that was sent, in hex. */
	size_t sent_count;
	char sent[FAKE_SENT][47];
};

static inline struct fake_wire *fake_of(struct meterbus_link *link)
{
	return (struct fake_wire *)link;
}

static inline bool fake_digits_match(const uint8_t *mask, const uint8_t *own)
{
	for (int i = 0; i < 4; i++) {
		uint8_t high = mask[i] >> 4, low = mask[i] & 15;

		if ((high != 15 && high != own[i] >> 4) ||
		    (low != 15 && low != (own[i] & 15)))
			return false;
	}
	return true;
}

/* @mask: what follows CI of a selection, 8 or 14 bytes. */
static inline bool fake_selects(const struct fake_meter *m, const uint8_t *mask,
				size_t len)
{
	if (!fake_digits_match(mask, m->address))
		return false;
	for (int i = 4; i < 8 && !m->ignores_rest; i++)
		if (mask[i] != 0xFF && mask[i] != m->address[i])
			return false;
	return len == 8 || (m->has_fabrication && mask[8] == 0x0C &&
			    mask[9] == 0x78 &&
			    fake_digits_match(mask + 10, m->fabrication));
}

static inline size_t fake_answer(const struct fake_meter *m, uint8_t *out)
{
	uint8_t data[64] = { 0 };
	size_t len = 12;
	uint8_t a = m->primary;

	if (m->odd_a)
		a = m->odd_a;
	memcpy(data, m->address, 8);
	data[8] = m->access;
	if (m->records) {
		memcpy(data + len, m->records, m->records_len);
		len += m->records_len;
	} else {
		data[len++] = 0x01;	/* 8 bit, storage 0 */
		data[len++] = 0x13;	/* volume, l */
		data[len++] = m->ignores_fcb ? 0 : m->part;
		if (m->part + 1 < m->parts || m->endless || m->circles)
			data[len++] = 0x1F;
	}
	return meterbus_telegram_long(out, 0x08 | m->c, a, 0x72, data, len);
}

static inline void fake_obey(struct fake_meter *m, const uint8_t *req)
{
	static const uint32_t rates[] = { 300,	600,  1200,  2400,
					  4800, 9600, 19200, 38400 };

	if (req[6] == 0x51 && m->lost_by_writing)
		m->primary = 251;
	if (!m->obeys)
		return;
	if (req[6] == 0x51 && req[7] == 0x01 && req[8] == 0x7A)
		m->primary = req[9];
	if (req[6] >= 0xB8 && req[6] <= 0xBF)
		m->baud = rates[req[6] - 0xB8];
}

/* Returns the length of the meter's answer, 0 for silence. */
static inline size_t fake_ask(struct fake_wire *wire, struct fake_meter *m,
			      const uint8_t *req, size_t len, uint8_t *out)
{
	uint8_t c = len == 5 ? req[1] : req[4];
	uint8_t a = len == 5 ? req[2] : req[5];
	int fcb = c & 0x20 ? 1 : 0;

	if (m->baud && m->baud != wire->baud)
		return 0;
	if ((len == 17 || len == 23) && a == 253 && req[6] == 0x52) {
		m->selected = fake_selects(m, req + 7, len - 9);
		if (!m->selected)
			return 0;
		m->last_fcb = -1;
		m->prepared = false;
		m->selected_us = wire->now_us;
		out[0] = 0xE5;
		return 1;
	}
	if (a != m->primary && !(a == 253 && m->selected))
		return 0;
	if (c == 0x40) {
		if (a == 253)
			m->selected = false;
		m->last_fcb = -1;
		m->prepared = false;
		if (m->no_nke)
			return 0;
		out[0] = 0xE5;
		return 1;
	}
	if ((c & ~0x20) == 0x53) {
		m->prepared = m->prepared || req[6] == m->wants;
		fake_obey(m, req);
		out[0] = 0xE5;
		return 1;
	}
	if ((c & ~0x20) == 0x5A && m->alarm) {
		out[0] = m->alarm;
		return m->alarm == 0xE5 ? 1 :
					  meterbus_telegram_long(out, 0x08,
								 m->primary,
								 m->alarm, out, 1);
	}
	if ((c & ~0x20) != 0x5B || m->mute ||
	    (m->wants_fcb_zero && fcb) ||
	    wire->now_us < m->selected_us + m->settle_us)
		return 0;
	if (m->no_data) {
		out[0] = 0xE5;
		return 1;
	}
	if (m->busy_at && m->last_fcb >= 0 && m->last_fcb != fcb &&
	    m->part + 1 == m->busy_at) {
		m->busy_at = 0;
		m->busy = 1;
		m->last_fcb = fcb;
	} else if (m->last_fcb < 0) {
		m->part = 0;
		m->access++;
		m->readouts++;
	} else if (m->last_fcb != fcb) {
		m->part = m->part + 1 < m->parts || m->endless ? m->part + 1 :
								 0;
		m->access++;
		m->readouts++;
	}
	m->last_fcb = fcb;
	if (m->busy) {
		static const uint8_t code = 8;

		m->busy--;
		return meterbus_telegram_long(out, 0x08, m->primary, 0x70,
					      &code, 1);
	}
	if (m->wants && !m->prepared) {
		out[0] = 0xE5;
		return m->without ? meterbus_telegram_long(out, 0x08,
							   m->primary,
							   m->without, out, 1) :
				    1;
	}
	if (wire->canned && m->part >= wire->canned_from) {
		memcpy(out, wire->canned, wire->canned_len);
		return wire->canned_len;
	}
	return fake_answer(m, out);
}

static inline void fake_classify(struct meterbus_exchange *x)
{
	struct meterbus_telegram telegram;

	if (meterbus_telegram_parse(&telegram, x->answer, x->answer_len,
				    NULL) == 0) {
		x->outcome = telegram.type == METERBUS_TELEGRAM_ACK ?
				     METERBUS_OUTCOME_ACK :
				     METERBUS_OUTCOME_FRAME;
		x->reason = METERBUS_REASON_NONE;
	} else if (x->answer_len == 1 && x->answer[0] == 0) {
		x->outcome = METERBUS_OUTCOME_COLLISION;
		x->reason = METERBUS_REASON_NUL;
	} else if (x->answer_len > 4 && x->answer[0] == 0x68) {
		x->outcome = METERBUS_OUTCOME_GARBLED;
		x->reason = METERBUS_REASON_CHECKSUM;
	} else {
		x->outcome = METERBUS_OUTCOME_COLLISION;
		x->reason = METERBUS_REASON_NOISE;
	}
}

/* One transmission: true if anything came back. */
static inline bool fake_transmit(struct fake_wire *wire,
				 struct meterbus_exchange *x)
{
	uint32_t guard = x->guard_us ? x->guard_us : wire->timing.guard_us;
	uint64_t start = wire->last_received_us + guard;
	uint32_t window = x->window_us ? x->window_us : FAKE_WINDOW_US;
	unsigned int answers = 0;
	uint32_t late = 0;
	bool lost;

	/* The driver's wait after a collision. */
	if (wire->collided && guard < FAKE_QUIET_US + wire->timing.guard_us)
		start = wire->last_received_us + FAKE_QUIET_US +
			wire->timing.guard_us;
	if (start < wire->now_us)
		start = wire->now_us;
	lost = start < wire->break_end_us + wire->turnaround_us ||
	       start < wire->last_received_us + wire->turnaround_us;
	wire->now_us = start + x->request_len * FAKE_CHAR_US;
	x->sent_end_ns = wire->now_us * 1000;
	wire->transmissions++;
	if ((wire->lose_every && wire->transmissions % wire->lose_every == 0) ||
	    (wire->lose_at && wire->transmissions >= wire->lose_at &&
	     wire->transmissions <= wire->lose_at + wire->lose_more))
		lost = true;
	x->answer_len = 0;
	for (size_t i = 0; i < wire->count && !lost; i++) {
		uint8_t out[METERBUS_TELEGRAM_MAX];
		size_t len = fake_ask(wire, &wire->meters[i], x->request,
				      x->request_len, out);

		if (!len || FAKE_DELAY_US + wire->meters[i].late_us > window)
			continue;
		if (wire->meters[i].late_us > late)
			late = wire->meters[i].late_us;
		answers++;
		for (size_t j = 0; j < len; j++)
			x->answer[j] = j < x->answer_len ?
					       x->answer[j] & out[j] :
					       out[j];
		if (len > x->answer_len)
			x->answer_len = len;
	}
	if (!answers) {
		wire->now_us += window;
		return false;
	}
	if (wire->break_above && answers > wire->break_above) {
		x->answer_len = 1;
		x->answer[0] = 0;
		/* The 00 arrives when the break begins. */
		wire->break_end_us = wire->now_us + FAKE_DELAY_US +
				     FAKE_BREAK_US;
	}
	if (wire->damage_every && wire->transmissions % wire->damage_every == 0)
		x->answer[x->answer_len / 2] ^= 0x08 << x->answer_len % 3;
	wire->now_us += late + FAKE_DELAY_US;
	x->first_ns = (wire->now_us + FAKE_CHAR_US) * 1000;
	wire->now_us += x->answer_len * FAKE_CHAR_US;
	wire->last_received_us = wire->now_us;
	return true;
}

static inline int fake_exchange(struct meterbus_link *link,
				struct meterbus_exchange *x,
				struct meterbus_error *err)
{
	struct fake_wire *wire = fake_of(link);
	unsigned int repeats = x->repeats == METERBUS_REPEATS_BUS ?
				       wire->timing.repeats :
				       x->repeats;

	if (wire->fail_after && wire->exchanges >= wire->fail_after)
		return meterbus_fail(err, METERBUS_E_UNPLUGGED, "unplugged");
	wire->exchanges++;
	wire->window_us = x->window_us;
	if (wire->sent_count < FAKE_SENT) {
		char *text = wire->sent[wire->sent_count++];

		for (size_t i = 0; i < x->request_len && i < 23; i++)
			sprintf(text + 2 * i, "%02X", x->request[i]);
	}
	for (x->tries = 1;; x->tries++) {
		if (fake_transmit(wire, x)) {
			fake_classify(x);
			if (x->outcome != METERBUS_OUTCOME_GARBLED ||
			    x->tries > repeats)
				break;
		} else {
			x->outcome = METERBUS_OUTCOME_SILENCE;
			x->reason = METERBUS_REASON_NONE;
			if (x->tries > repeats)
				break;
		}
	}
	wire->collided = x->outcome == METERBUS_OUTCOME_COLLISION;
	if (x->outcome == METERBUS_OUTCOME_ACK && !wire->held &&
	    (x->request_len == 17 || x->request_len == 23))
		wire->hold_error = true;
	return 0;
}

static inline int fake_hold(struct meterbus_link *link,
			    struct meterbus_error *err)
{
	(void)err;
	if (fake_of(link)->held)
		fake_of(link)->hold_error = true;
	fake_of(link)->held = true;
	return 0;
}

static inline void fake_release(struct meterbus_link *link)
{
	if (!fake_of(link)->held)
		fake_of(link)->hold_error = true;
	fake_of(link)->held = false;
}

static inline int fake_get_timing(struct meterbus_link *link,
				  struct meterbus_timing *timing,
				  struct meterbus_error *err)
{
	(void)err;
	*timing = fake_of(link)->timing;
	return 0;
}

static inline int fake_set_timing(struct meterbus_link *link,
				  const struct meterbus_timing *timing,
				  struct meterbus_error *err)
{
	if (fake_of(link)->refuse_timing)
		return meterbus_fail(err, METERBUS_E_PERMISSION, "refused");
	fake_of(link)->timing = *timing;
	return 0;
}

static inline int fake_get_baud(struct meterbus_link *link, uint32_t *baud,
				struct meterbus_error *err)
{
	(void)err;
	*baud = fake_of(link)->baud;
	return 0;
}

/* An adapter that cannot do it is left somewhere else. */
static inline int fake_set_baud(struct meterbus_link *link, uint32_t baud,
				struct meterbus_error *err)
{
	struct fake_wire *wire = fake_of(link);

	if (!wire->held)
		wire->hold_error = true;
	wire->baud = baud > wire->baud_max ? 1 : baud;
	return wire->baud == baud ?
		       0 :
		       meterbus_fail(err, METERBUS_E_USAGE, "refused");
}

static inline void fake_has_rates(struct fake_wire *wire, uint32_t baud_max)
{
	wire->baud = 2400;
	wire->baud_max = baud_max;
	wire->link.get_baud = fake_get_baud;
	wire->link.set_baud = fake_set_baud;
}

static inline uint64_t fake_sent(struct meterbus_link *link)
{
	return fake_of(link)->transmissions + fake_of(link)->others;
}

static inline void fake_init(struct fake_wire *wire)
{
	memset(wire, 0, sizeof(*wire));
	wire->link.exchange = fake_exchange;
	wire->link.hold = fake_hold;
	wire->link.release = fake_release;
	wire->link.get_timing = fake_get_timing;
	wire->link.set_timing = fake_set_timing;
	wire->link.sent = fake_sent;
	wire->timing.guard_us = 60000;
	wire->timing.defaults = METERBUS_TIMING_GUARD;
	wire->timing.repeats = 2;
	/* Long quiet before the first telegram. */
	wire->now_us = 10000000;
}

/* @id as printed, 8 hex digits; HYD, version 28, heat, primary 0. */
static inline struct fake_meter *fake_add(struct fake_wire *wire,
					  const char *id)
{
	static const uint8_t rest[4] = { 0x24, 0x23, 0x28, 0x04 };
	struct fake_meter *m = &wire->meters[wire->count++];
	unsigned int byte;

	memset(m, 0, sizeof(*m));
	for (int i = 0; i < 4; i++) {
		sscanf(id + 2 * i, "%2x", &byte);
		m->address[3 - i] = byte;
	}
	memcpy(m->address + 4, rest, sizeof(rest));
	m->parts = 1;
	m->last_fcb = -1;
	/* Real meters have been read before, each another time. */
	m->access = wire->count * 37;
	return m;
}

static inline unsigned int fake_sent_with(const struct fake_wire *wire,
					  const char *start)
{
	unsigned int count = 0;

	for (size_t i = 0; i < wire->sent_count; i++)
		count += !strncmp(wire->sent[i], start, strlen(start));
	return count;
}

#endif
