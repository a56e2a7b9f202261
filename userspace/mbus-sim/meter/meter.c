// SPDX-License-Identifier: GPL-2.0-or-later
#include "meter.h"
#include "records.h"

#include <stdio.h>
#include <string.h>

#define E5 0xe5

/* CI fields of the master (EN 13757-3) that a meter acts on. */
enum {
	CI_RESET = 0x50,
	CI_DATA = 0x51,
	CI_SELECT = 0x52,
	CI_SELECT_MODE2 = 0x56,
	CI_BAUD_FIRST = 0xb8,
	CI_BAUD_LAST = 0xbf,
};

/* And of the meter, as far as an identity can be put into them. */
enum {
	CI_ERROR = 0x70,
	CI_VARIABLE = 0x72,
	CI_FIXED = 0x73,
	CI_VARIABLE_MODE2 = 0x76,
	CI_SHORT_HEADER = 0x7a,
};

#define ERROR_BUSY 0x08
#define ERROR_TOO_MANY_READOUTS 0x09

/* ID, manufacturer, version, medium, access number, status, configuration. */
#define LONG_HEADER 12
#define VIF_TIME 0x6d

const char *meter_name(const struct meter *m, char *text)
{
	unsigned int man = m->who.manufacturer[0] | m->who.manufacturer[1] << 8;

	snprintf(text, METER_NAME_SIZE, "%02X%02X%02X%02X.%c%c%c.%02X.%02X",
		 m->who.id[3], m->who.id[2], m->who.id[1], m->who.id[0],
		 (man >> 10 & 0x1f) + 64, (man >> 5 & 0x1f) + 64,
		 (man & 0x1f) + 64, m->who.version, m->who.medium);
	return text;
}

static void clear_requests(struct image *img)
{
	img->req_state = FCB_CLEARED;
	img->answer.len = 0;
	img->next = 0;
}

static void clear_image(struct image *img)
{
	clear_requests(img);
	img->snd_state = FCB_CLEARED;
	img->command.len = 0;
	img->prepared = false;
	img->asked = 0;
}

static bool say(struct answer *a, const uint8_t *bytes, size_t len)
{
	memcpy(a->bytes, bytes, len);
	a->len = len;
	return true;
}

static bool acknowledge(struct answer *a)
{
	static const uint8_t ack = E5;

	return say(a, &ack, 1);
}

/* --- selection (EN 13757-7) --- */

/* Nibble F in the selection stands for any digit. */
static bool digits_match(const uint8_t *mask, const uint8_t *own, size_t len,
			 bool wildcards)
{
	size_t i;

	for (i = 0; i < len * 2; i++) {
		uint8_t shift = i & 1 ? 4 : 0;
		uint8_t want = mask[i / 2] >> shift & 0xf;

		if (want == 0xf && wildcards)
			continue;
		if (want != (own[i / 2] >> shift & 0xf))
			return false;
	}
	return true;
}

static bool bytes_match(const uint8_t *mask, const uint8_t *own, size_t len)
{
	for (; len--; mask++, own++)
		if (*mask != 0xff && *mask != *own)
			return false;
	return true;
}

static bool selection_matches(const struct meter *m, const struct telegram *t)
{
	const struct identity *who = &m->who;
	uint8_t mask[8];
	size_t i;

	/* No address at all selects every meter (draft EN 13757-3). */
	if (!t->data_len)
		return true;
	if (t->data_len < sizeof(mask))
		return false;
	memcpy(mask, t->data, sizeof(mask));
	if (t->ci == CI_SELECT_MODE2) {
		for (i = 0; i < 4; i++)
			mask[i] = t->data[3 - i];
		mask[4] = t->data[5];
		mask[5] = t->data[4];
	}
	if (!digits_match(mask, who->id, 4, m->model->wildcards) ||
	    !bytes_match(mask + 4, who->manufacturer, 2) ||
	    !bytes_match(mask + 6, &who->version, 1) ||
	    !bytes_match(mask + 7, &who->medium, 1))
		return false;
	if (t->data_len == sizeof(mask))
		return true;
	/* Enhanced selection: the one filter known is the fabrication number */
	return m->has_fabrication && t->data_len == sizeof(mask) + 6 &&
	       t->data[8] == 0x0c && t->data[9] == 0x78 &&
	       digits_match(t->data + 10, m->fabrication, 4, true);
}

static bool hear_selection(struct meter *m, const struct telegram *t,
			   struct answer *a)
{
	/* Whoever does not know a selection is not meant by it. */
	m->selected = m->model->selection &&
		      (t->ci == CI_SELECT || m->model->mode2) &&
		      selection_matches(m, t);
	if (!m->selected)
		return false;
	clear_image(&m->images[IMAGE_SELECTED]);
	return acknowledge(a);
}

/* --- answers --- */

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
		memcpy(header, m->who.id, 4);
		memcpy(header + 4, m->who.manufacturer, 2);
		header[6] = m->who.version;
		header[7] = m->who.medium;
		access = header + 8;
		break;
	case CI_VARIABLE_MODE2:
		if (room < 12)
			break;
		swap_in(header, m->who.id, 4);
		swap_in(header + 4, m->who.manufacturer, 2);
		header[6] = m->who.version;
		header[7] = m->who.medium;
		access = header + 8;
		break;
	case CI_FIXED:
		if (room < 16)
			break;
		memcpy(header, m->who.id, 4);
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

/* Its clock stands still, from when it was set. */
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

/* One telegram of what was selected, from all that were recorded. */
static void wanted_telegram(struct meter *m, struct recording *to)
{
	const struct model *model = m->model;
	const uint8_t *records = NULL;
	struct recording from;
	struct record record;
	size_t i, at, len;

	*to = model->telegrams[0];
	to->len = 7 + LONG_HEADER;
	for (i = 0; i < model->nr_telegrams; i++) {
		own_telegram(m, &model->telegrams[i], &from);
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

static bool say_error(struct meter *m, struct answer *a, uint8_t code)
{
	struct recording r = {
		.bytes = { 0x68, 4, 4, 0x68, C_RSP_UD, 0, CI_ERROR, code, 0,
			   0x16 },
		.len = 10,
	};

	patch(m, &r);
	return say(a, r.bytes, r.len);
}

static bool used_up(const struct meter *m)
{
	return m->model->readouts && m->readouts >= m->model->readouts;
}

static bool say_unprepared(struct meter *m, struct answer *a)
{
	struct recording r;

	if (!m->model->unprepared.len)
		return acknowledge(a);
	own_telegram(m, &m->model->unprepared, &r);
	return say(a, r.bytes, r.len);
}

static bool next_answer(struct meter *m, struct image *img, struct answer *a)
{
	const struct model *model = m->model;

	if (model->prepare && !img->prepared)
		return say_unprepared(m, a);
	if (img->asked++ < model->busy)
		return say_error(m, a, ERROR_BUSY);
	if (model->fcb == FCB_FIRST)
		img->next = 0;
	if (!model->nr_telegrams)
		return acknowledge(a);
	if (img->next >= model->nr_telegrams) {
		img->next = 0;
		if (model->after_last == AFTER_LAST_ACK) {
			acknowledge(a);
			goto remember;
		}
	}
	if (!img->next) {
		if (used_up(m))
			return model->over_limit == OVER_LIMIT_ERROR &&
			       say_error(m, a, ERROR_TOO_MANY_READOUTS);
		m->readouts++;
	}
	if (m->wanted_len) {
		wanted_telegram(m, &img->answer);
		img->next = model->nr_telegrams;
	} else {
		own_telegram(m, &model->telegrams[img->next], &img->answer);
		img->next++;
	}
	m->answers++;
	return say(a, img->answer.bytes, img->answer.len);

remember:
	memcpy(img->answer.bytes, a->bytes, a->len);
	img->answer.len = a->len;
	return true;
}

static bool hear_request(struct meter *m, struct image *img, uint8_t c,
			 struct answer *a)
{
	const struct model *model = m->model;
	bool fcb = c & C_FCB;
	bool cleared = img->req_state == FCB_CLEARED;
	bool repeat = c & C_FCV && img->req_state == FCB_SEEN &&
		      img->req_fcb == fcb && img->answer.len;

	if (model->silent || ++m->requests % model->answer_every)
		return false;
	/* A cleared memory holds 0: this asks again for what never was sent. */
	if (model->fcb == FCB_STRICT && c & C_FCV && cleared && !fcb)
		return false;
	if (repeat && model->fcb != FCB_IGNORE && model->fcb != FCB_FIRST)
		return say(a, img->answer.bytes, img->answer.len);
	if (c & C_FCV) {
		img->req_state = FCB_SEEN;
		img->req_fcb = fcb;
	}
	return next_answer(m, img, a);
}

static bool hear_alarm_request(struct meter *m, struct answer *a)
{
	struct recording alarm;

	if (!m->model->alarm.len)
		return acknowledge(a);
	own_telegram(m, &m->model->alarm, &alarm);
	return say(a, alarm.bytes, alarm.len);
}

/* --- commands --- */

/* Selections for the readout, the clock, or what the meter is called. */
static void write_data(struct meter *m, const uint8_t *d, size_t len)
{
	if (records_select(d, len)) {
		memcpy(m->wanted, d, len);
		m->wanted_len = len;
	}
	if (m->model->read_only)
		return;
	if ((len == 6 && d[0] == 0x04 && d[1] == VIF_TIME) ||
	    (len == 8 && d[0] == 0x06 && d[1] == VIF_TIME)) {
		memcpy(m->clock, d, len);
		m->clock_len = len;
	}
	if (len == 3 && d[0] == 0x01 && d[1] == 0x7a && d[2] <= 250) {
		m->address = d[2];
	} else if (len == 6 && d[0] == 0x0c && d[1] == 0x79) {
		memcpy(m->who.id, d + 2, 4);
	} else if (len == 10 && d[0] == 0x07 && d[1] == 0x79) {
		memcpy(m->who.id, d + 2, 4);
		memcpy(m->who.manufacturer, d + 6, 2);
		m->who.version = d[8];
		m->who.medium = d[9];
	}
}

static void command(struct meter *m, const struct telegram *t)
{
	static const int rates[] = { 300,  600,	 1200,	2400,
				     4800, 9600, 19200, 38400 };
	size_t i;

	switch (t->ci) {
	case CI_RESET:
		m->wanted_len = 0;
		for (i = 0; i < NR_IMAGES; i++)
			clear_requests(&m->images[i]);
		break;
	case CI_DATA:
		write_data(m, t->data, t->data_len);
		break;
	case CI_BAUD_FIRST ... CI_BAUD_LAST:
		if (m->model->baud_switch && !m->model->auto_baud)
			m->switch_to = rates[t->ci - CI_BAUD_FIRST];
		break;
	}
}

static bool hear_command(struct meter *m, struct image *img,
			 const struct telegram *t, struct answer *a)
{
	bool fcb = t->c & C_FCB;
	bool repeat = t->c & C_FCV && img->snd_state == FCB_SEEN &&
		      img->snd_fcb == fcb;

	/*
	 * Masters that keep no FCB for SND_UD send the same one for ever; only
	 * a strict meter takes a different command for a repetition.
	 */
	if (repeat && m->model->fcb != FCB_STRICT)
		repeat = img->command.len == t->len &&
			 !memcmp(img->command.bytes, t->raw, t->len);
	if (t->c & C_FCV) {
		img->snd_state = FCB_SEEN;
		img->snd_fcb = fcb;
	}
	memcpy(img->command.bytes, t->raw, t->len);
	img->command.len = t->len;
	if (!repeat)
		command(m, t);
	if (t->ci == m->model->prepare)
		img->prepared = true;
	return acknowledge(a);
}

static bool hear_reset(struct meter *m, const struct telegram *t,
		       struct answer *a)
{
	size_t i;

	if (t->a == ADDRESS_SELECTED) {
		clear_image(&m->images[IMAGE_SELECTED]);
		m->selected = false;
		return acknowledge(a);
	}
	clear_image(&m->images[IMAGE_PRIMARY]);
	if (t->a == ADDRESS_BROADCAST || t->a == ADDRESS_TEST)
		for (i = 0; i < NR_IMAGES; i++)
			clear_image(&m->images[i]);
	return acknowledge(a);
}

static bool is_selection(const struct telegram *t)
{
	return t->has_ci && t->a == ADDRESS_SELECTED &&
	       (t->c & C_FUNCTION) == C_SND_UD &&
	       (t->ci == CI_SELECT || t->ci == CI_SELECT_MODE2);
}

static bool is_for(const struct meter *m, uint8_t a)
{
	if (a == ADDRESS_SELECTED)
		return m->selected;
	return a == m->address || a == ADDRESS_TEST || a == ADDRESS_BROADCAST;
}

static bool react(struct meter *m, const struct telegram *t, struct answer *a)
{
	struct image *img =
		&m->images[t->a == ADDRESS_SELECTED ? IMAGE_SELECTED :
						      IMAGE_PRIMARY];

	if (!(t->c & C_PRM) || t->c & 0x80)
		return false;
	if (is_selection(t))
		return hear_selection(m, t, a);
	if (!is_for(m, t->a))
		return false;
	if (t->has_ci)
		return (t->c & C_FUNCTION) == C_SND_UD &&
		       hear_command(m, img, t, a);
	switch (t->c & C_FUNCTION) {
	case C_SND_NKE:
		return hear_reset(m, t, a);
	case C_REQ_UD2:
		return t->a != ADDRESS_BROADCAST &&
		       hear_request(m, img, t->c, a);
	case C_REQ_UD1:
		return !m->model->silent && hear_alarm_request(m, a);
	}
	return false;
}

static int64_t jitter(struct meter *m, int baud)
{
	int64_t most = span_ns(&m->model->jitter, baud);

	return most ? random_next(&m->random) % most : 0;
}

int meter_listens(struct meter *m, int64_t now)
{
	if (m->old_baud && now >= m->fall_back) {
		m->baud = m->old_baud;
		m->old_baud = 0;
	}
	return m->model->auto_baud ? 0 : m->baud;
}

static void switch_baud(struct meter *m, int64_t now)
{
	if (!m->switch_to)
		return;
	m->old_baud = m->baud;
	m->baud = m->switch_to;
	m->switch_to = 0;
	m->fall_back = now + m->model->baud_fallback;
}

bool meter_hear(struct meter *m, const struct telegram *t, int64_t now,
		struct answer *a)
{
	const struct model *model = m->model;

	if (model->dead || m->answering || now < m->no_power_until)
		return false;
	m->old_baud = 0; /* something valid came at the new rate: it stays */
	*a = (struct answer){ .baud = t->baud };
	if (!react(m, t, a))
		return false;
	if (t->a == ADDRESS_BROADCAST) {
		switch_baud(m, now);
		return false;
	}
	m->answering = true;
	a->delay = span_ns(&model->delay, t->baud) + jitter(m, t->baud);
	if (a->len > 1) {
		a->delay += span_ns(&model->late, t->baud);
		a->pause_after = model->pause_after;
		a->pause = span_ns(&model->pause, t->baud);
	}
	return true;
}

void meter_power_drop(struct meter *m, int64_t until)
{
	size_t i;

	m->no_power_until = until;
	m->selected = false;
	m->answering = false;
	m->switch_to = 0;
	for (i = 0; i < NR_IMAGES; i++)
		clear_image(&m->images[i]);
}

void meter_answered(struct meter *m, int64_t now)
{
	m->answering = false;
	switch_baud(m, now);
}
