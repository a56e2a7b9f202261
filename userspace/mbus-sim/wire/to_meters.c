// SPDX-License-Identifier: GPL-2.0-or-later
#include "to_meters.h"
#include "answers.h"
#include "disturbance.h"

static bool is_pc(const struct wire *w, const struct sender *s)
{
	return s == &w->senders[SENDER_PC];
}

/* A PC without parity sends ten bits. */
static bool lacks_parity(const struct wire *w, const struct sender *s)
{
	return is_pc(w, s) && !w->scenario->tty.parity;
}

int64_t to_meters_begins(const struct sender *s)
{
	const struct timed_byte *first = queue_first(&s->queue);

	if (s->sending || !first)
		return NEVER;
	return first->t > s->end ? first->t : s->end;
}

int64_t to_meters_ends(const struct sender *s)
{
	return s->sending ? s->end : NEVER;
}

/* A half-duplex converter holds its back to the PC while meters send. */
static bool is_turned(const struct wire *w, int64_t start)
{
	int64_t turnaround =
		span_ns(&w->scenario->converter.turnaround, w->baud);

	if (!turnaround)
		return false;
	return w->breaking || transmissions_on_bus(&w->transmissions) ||
	       (w->meters_spoke && start < w->meters_quiet + turnaround);
}

/* After a long silence the converter has to switch to the PC. */
static void switch_input(struct wire *w, const struct sender *s, int64_t start)
{
	const struct converter *c = &w->scenario->converter;

	if (!w->pc_sent || start > s->end + span_ns(&c->switch_after, w->baud))
		w->switched = start + span_ns(&c->switch_time, w->baud);
	w->pc_sent = true;
}

static void add_glitch(struct wire *w, const struct glitch *g, int64_t start)
{
	if (g->len)
		transmissions_add(&w->transmissions, start, w->baud, g->bytes,
				  g->len);
}

/* The echo of the byte that begins now. */
static void add_echo(struct wire *w, const struct sender *s)
{
	const struct echo *echo = &w->scenario->converter.echo;
	size_t left = queue_length(&s->queue);
	uint8_t byte = s->byte;
	struct transmission *t;

	if (!echo->on || s->place < echo->skip ||
	    (echo->first && s->place >= echo->first) ||
	    (echo->last && left >= echo->last))
		return;
	if (echo->flip && s->place + 1 == echo->flip)
		byte ^= 1u << random_next(&w->random) % 8;
	t = transmissions_add(&w->transmissions,
			      s->start + span_ns(&echo->delay, w->baud),
			      w->baud, &byte, 1);
	t->no_parity = lacks_parity(w, s);
}

static void begin_of_pc(struct wire *w, struct sender *s)
{
	if (!s->place)
		add_glitch(w, &w->scenario->converter.before_request, s->start);
	add_echo(w, s);
	s->lost = is_turned(w, s->start) || s->start < w->switched ||
		  other_master_holds(w, s->start);
	log_byte(w->log, s->start, s->lost ? "lost" : "heard", s->byte);
}

void to_meters_begin(struct wire *w, struct sender *s)
{
	int64_t start = to_meters_begins(s);
	int64_t character = bits_ns(CHAR_BITS, w->baud);

	if (is_pc(w, s))
		switch_input(w, s, start);
	s->place = start <= s->end + character && s->end ? s->place + 1 : 0;
	s->sending = true;
	s->byte = queue_first(&s->queue)->byte;
	queue_drop(&s->queue);
	s->start = start;
	s->end = start + (lacks_parity(w, s) ? bits_ns(CHAR_BITS - 1, w->baud) :
					       character);
	if (is_pc(w, s))
		begin_of_pc(w, s);
	else
		log_byte(w->log, start, "other", s->byte);
}

void to_meters_end(struct wire *w, struct sender *s)
{
	enum parsed parsed = PARSED_SPOILED;

	s->sending = false;
	if (is_pc(w, s) && !queue_length(&s->queue))
		add_glitch(w, &w->scenario->converter.after_request,
			   s->end +
				   span_ns(&w->scenario->converter.glitch_pause,
					   w->baud));
	if (s->lost)
		return;
	if (!lacks_parity(w, s))
		parsed = parser_byte(&w->parser, s->start, s->end, w->baud,
				     s->byte);
	switch (parsed) {
	case PARSED_TELEGRAM:
		log_flush(w->log);
		answers_add(w, &w->parser.telegram, s->end);
		break;
	case PARSED_SPOILED:
		log_rename(w->log, "heard", "spoiled");
		break;
	case PARSED_PART:
		break;
	}
}
