// SPDX-License-Identifier: GPL-2.0-or-later
#include "meter.h"
#include "answer.h"
#include "command.h"
#include "image.h"
#include "power.h"
#include "selection.h"

#include <stdio.h>

const char *meter_name(const struct meter *m, char *text)
{
	unsigned int man =
		m->identity.manufacturer[0] | m->identity.manufacturer[1] << 8;

	snprintf(text, METER_NAME_SIZE, "%02X%02X%02X%02X.%c%c%c.%02X.%02X",
		 m->identity.id[3], m->identity.id[2], m->identity.id[1],
		 m->identity.id[0], (man >> 10 & 0x1f) + 64,
		 (man >> 5 & 0x1f) + 64, (man & 0x1f) + 64, m->identity.version,
		 m->identity.medium);
	return text;
}

/* SND_NKE */
static bool reset(struct meter *m, const struct telegram *t, int64_t now,
		  struct answer *a)
{
	const struct model *model = m->model;
	size_t i;

	if (t->a == ADDRESS_SELECTED && model->deselect != DESELECT_NO)
		m->selected = false;
	image_clear(image_of(m, t->a));
	if (t->a == ADDRESS_BROADCAST || t->a == ADDRESS_TEST)
		for (i = 0; i < NR_IMAGES; i++)
			image_clear(&m->images[i]);
	m->deaf_until = now + span_ns(&model->deaf_after_reset, t->baud);
	return model->reset_ack && answer_ack(a);
}

static bool send_alarm(struct meter *m, struct answer *a)
{
	if (m->model->silent)
		return false;
	if (!m->model->alarm.len)
		return answer_ack(a);
	return answer_recording(m, a, &m->model->alarm);
}

static bool is_for(const struct meter *m, const struct telegram *t)
{
	if (selection_is(t))
		return selection_is_for(m, t);
	if (t->a == ADDRESS_SELECTED)
		return m->selected;
	return t->a == m->address || t->a == ADDRESS_TEST ||
	       t->a == ADDRESS_BROADCAST;
}

static bool react(struct meter *m, const struct telegram *t, int64_t now,
		  struct answer *a)
{
	if (!(t->c & C_PRM) || t->c & 0x80)
		return false;
	if (selection_is(t))
		return selection_take(m, t, a);
	if (!is_for(m, t))
		return false;
	if (t->has_ci) {
		if ((t->c & C_FUNCTION) != C_SND_UD)
			return false;
		command_take(m, t);
		return answer_ack(a);
	}
	switch (t->c & C_FUNCTION) {
	case C_SND_NKE:
		return reset(m, t, now, a);
	case C_REQ_UD2:
		return t->a != ADDRESS_BROADCAST &&
		       image_request(m, image_of(m, t->a), t->c, a);
	case C_REQ_UD1:
		return send_alarm(m, a);
	}
	return false;
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
	if (!power_hears(m, t, is_for(m, t), now))
		return false;
	m->old_baud = 0; /* a valid telegram came at the new rate: keep it */
	*a = (struct answer){0};
	if (!react(m, t, now, a))
		return false;
	if (t->a == ADDRESS_BROADCAST) {
		switch_baud(m, now);
		return false;
	}
	m->answering = true;
	m->sent++;
	answer_finish(m, a, t->baud);
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
		image_clear(&m->images[i]);
}

void meter_answered(struct meter *m, int64_t now)
{
	m->answering = false;
	switch_baud(m, now);
}
