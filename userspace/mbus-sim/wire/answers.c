// SPDX-License-Identifier: GPL-2.0-or-later
#include "answers.h"

/* Each Nth answer has a NUL before it; returns when the answer begins. */
static int64_t add_nul(struct wire *w, int64_t start, int baud)
{
	unsigned int n = w->scenario->noise.nul_every;
	static const uint8_t nul;

	if (!n || ++w->nr_answers % n)
		return start;
	transmissions_add(&w->transmissions, start, baud, &nul, 1);
	return start + bits_ns(CHAR_BITS + 1, baud);
}

static struct transmission *add_bytes(struct wire *w, struct meter *m,
				      int64_t start, const uint8_t *bytes,
				      size_t len, int baud)
{
	struct transmission *t =
		transmissions_add(&w->transmissions, start, baud, bytes, len);

	t->meter = m;
	t->on_bus = true;
	t->milliamps = m->model->milliamps;
	return t;
}

static void add_answer(struct wire *w, struct meter *m, int64_t end,
		       const struct answer *a)
{
	static const uint8_t ack = 0xe5;
	int64_t start = add_nul(w, end + a->delay, a->baud);
	struct transmission *t;
	unsigned int i;

	if (a->ack_first) {
		t = add_bytes(w, m, start, &ack, 1, a->baud);
		start = transmission_end(t) + a->copy_pause;
	}
	for (i = 0; i < a->copies; i++) {
		t = add_bytes(w, m, start, a->bytes, a->len, a->baud);
		t->byte_pause = a->byte_pause;
		t->pause_after = a->pause_after;
		t->pause = a->pause;
		t->last = i + 1 == a->copies;
		start = transmission_end(t) + a->copy_pause;
	}
}

/*
 * What the converter adds to the answers from @first on. They are delayed if
 * a byte before them would begin before @end.
 */
static void add_glitches(struct wire *w, size_t first, int64_t end)
{
	const struct converter *c = &w->scenario->converter;
	int64_t pause = span_ns(&c->glitch_pause, w->baud);
	int64_t before = c->before_answer.len * bits_ns(CHAR_BITS, w->baud);
	int64_t begins = NEVER, ends = 0, delay = 0;
	size_t i, nr = w->transmissions.nr;

	for (i = first; i < nr; i++) {
		const struct transmission *t = &w->transmissions.items[i];

		if (t->start < begins)
			begins = t->start;
		if (transmission_end(t) > ends)
			ends = transmission_end(t);
	}
	if (c->before_answer.len && begins - pause - before < end)
		delay = end + before + pause - begins;
	for (i = first; i < nr; i++)
		transmission_delay(&w->transmissions.items[i], delay);
	if (c->before_answer.len)
		transmissions_add(&w->transmissions,
				  begins + delay - pause - before, w->baud,
				  c->before_answer.bytes, c->before_answer.len);
	if (c->after_answer.len)
		transmissions_add(&w->transmissions, ends + delay + pause,
				  w->baud, c->after_answer.bytes,
				  c->after_answer.len);
}

/* In pieces a transmission has room for. */
static void add_recorded(struct wire *w, int64_t start,
			 const struct recorded_answer *answer)
{
	size_t done, len;

	log_bytes(w->log, start, "answer", "recorded", answer->bytes,
		  answer->len);
	for (done = 0; done < answer->len; done += len) {
		len = answer->len - done;
		if (len > TELEGRAM_MAX)
			len = TELEGRAM_MAX;
		transmissions_add(&w->transmissions,
				  start + bits_ns(done * CHAR_BITS, w->baud),
				  w->baud, answer->bytes + done, len);
	}
}

static void replay_answers(struct wire *w, const struct telegram *t,
			   int64_t end)
{
	const struct recorded_exchange *exchange;
	size_t i;

	exchange =
		w->replay ? replay_exchange(w->replay, t->raw, t->len) : NULL;
	for (i = 0; exchange && i < exchange->nr; i++)
		add_recorded(w, end + exchange->answers[i].delay,
			     &exchange->answers[i]);
}

void answers_add(struct wire *w, const struct telegram *t, int64_t end)
{
	size_t i, first = w->transmissions.nr;
	char name[METER_NAME_SIZE];
	struct answer answer;

	replay_answers(w, t, end);
	for (i = 0; i < w->scenario->nr_meters; i++) {
		struct meter *m = &w->scenario->meters[i];
		int baud = meter_listens(m, end);
		bool was_selected = m->selected;

		if (baud && baud != t->baud)
			continue;
		if (meter_hear(m, t, end, &answer))
			add_answer(w, m, end, &answer);
		if (m->selected != was_selected)
			log_event(w->log, end,
				  m->selected ? "selected" : "deselected", "%s",
				  meter_name(m, name));
	}
	if (w->transmissions.nr > first)
		add_glitches(w, first, end);
}
