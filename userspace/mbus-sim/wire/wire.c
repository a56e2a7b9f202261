// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire.h"

#include <stdlib.h>
#include <string.h>

static void queue_put(struct byte_queue *q, int64_t t, uint8_t byte)
{
	if (q->head == q->nr) {
		q->head = q->nr = 0;
	} else if (q->head >= 4096) {
		q->nr -= q->head;
		memmove(q->items, q->items + q->head,
			q->nr * sizeof(*q->items));
		q->head = 0;
	}
	q->items = grow(q->items, q->nr, sizeof(*q->items));
	q->items[q->nr++] = (struct timed_byte){ t, byte };
}

static struct timed_byte *queue_first(const struct byte_queue *q)
{
	return q->head < q->nr ? &q->items[q->head] : NULL;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

void wire_init(struct wire *w, struct scenario *scenario, struct log *log,
	       void (*to_pc)(void *context, uint8_t byte), void *context)
{
	*w = (struct wire){
		.scenario = scenario,
		.log = log,
		.to_pc = to_pc,
		.context = context,
		.baud = scenario->baud,
		.ears = { .gap = scenario->gap },
		.random = scenario->seed,
		.next_noise = NEVER,
	};
	if (scenario->noise.idle.ns || scenario->noise.idle.millibits)
		w->next_noise = span_ns(&scenario->noise.idle, w->baud);
}

void wire_free(struct wire *w)
{
	free(w->outgoing.items);
	free(w->incoming.items);
	free(w->talkers.items);
}

void wire_set_baud(struct wire *w, int64_t now, int baud)
{
	if (baud == w->baud)
		return;
	w->baud = baud;
	log_event(w->log, now, "baud", "%d", baud);
}

/* --- towards the PC --- */

static bool every(unsigned int count, unsigned int n)
{
	return n && count % n == 0;
}

/* A character the PC's UART has made of the line, complete at @end. */
static void receive(struct wire *w, uint8_t byte, int64_t end)
{
	const struct noise *noise = &w->scenario->noise;

	w->nr_bytes++;
	if (every(w->nr_bytes, noise->drop_every))
		return;
	if (every(w->nr_bytes, noise->flip_every))
		byte ^= 1u << random_next(&w->random) % 8;
	queue_put(&w->incoming, end, byte);
}

static void level_changed(struct wire *w, int64_t t)
{
	receiver_level(&w->receiver, t, w->breaking || w->talkers.spaces,
		       w->baud);
}

/* The converter limits the current, and the meters' voltage with it. */
static void drop_power(struct wire *w, int64_t t)
{
	int64_t drop = span_ns(&w->scenario->converter.power_drop, w->baud);
	size_t i;

	if (!drop)
		return;
	talkers_cut_meters(&w->talkers);
	for (i = 0; i < w->scenario->nr_meters; i++)
		meter_power_drop(&w->scenario->meters[i], t + drop);
	log_event(w->log, t, "power-drop", "%zu meters",
		  w->scenario->nr_meters);
}

/*
 * More current than one meter can draw. The converter blanks whatever it was
 * in the middle of: a NUL, and space until the overcurrent has been gone for
 * the time of its break.
 */
static void collide(struct wire *w, int64_t t)
{
	w->break_end = t + span_ns(&w->scenario->converter.break_time, w->baud);
	if (w->breaking)
		return;
	w->breaking = true;
	receiver_abort(&w->receiver);
	queue_put(&w->incoming, t + bits_ns(CHAR_BITS, w->baud), 0);
	log_event(w->log, t, "collision", "%d mA", w->talkers.milliamps);
	drop_power(w, t);
}

static void end_break(struct wire *w)
{
	w->breaking = false;
	w->meters_quiet = later(w->meters_quiet, w->break_end);
	log_event(w->log, w->break_end, "break-end", "%d mA",
		  w->talkers.milliamps);
	level_changed(w, w->break_end);
}

static void log_beginning(struct wire *w, int64_t t)
{
	char name[METER_NAME_SIZE];
	size_t i;

	for (i = 0; w->log && i < w->talkers.nr; i++) {
		struct talker *k = &w->talkers.items[i];

		if (k->start != t || k->next_bit != 1 || !k->meter)
			continue;
		log_bytes(w->log, t, "answer", meter_name(k->meter, name),
			  k->bytes, k->len);
	}
}

static void step_talkers(struct wire *w)
{
	int limit = w->scenario->converter.collision_ma;
	int64_t t = talkers_next(&w->talkers);
	struct talker gone;

	talkers_step(&w->talkers);
	log_beginning(w, t);
	if (limit && w->talkers.milliamps >= limit)
		collide(w, t);
	level_changed(w, t);
	while (talkers_reap(&w->talkers, &gone)) {
		if (!gone.meter)
			continue;
		w->meters_spoke = true;
		w->meters_quiet = later(w->meters_quiet, t);
		if (gone.last)
			meter_answered(gone.meter, t);
	}
}

static void sample(struct wire *w)
{
	uint8_t byte;
	int64_t end;

	if (receiver_sample(&w->receiver, w->breaking || w->talkers.spaces,
			    &byte, &end))
		receive(w, byte, end);
}

static int64_t delivery_due(const struct wire *w)
{
	const struct timed_byte *first = queue_first(&w->incoming);

	return first ? first->t + span_ns(&w->scenario->converter.latency,
					  w->baud) :
		       NEVER;
}

static void deliver(struct wire *w)
{
	int64_t due = delivery_due(w);
	struct timed_byte *b;

	while ((b = queue_first(&w->incoming)) && b->t <= due) {
		log_byte(w->log, b->t, "pc", b->byte);
		w->to_pc(w->context, b->byte);
		w->incoming.head++;
	}
}

/* --- towards the meters --- */

static void add_answer(struct wire *w, struct meter *m, int64_t end,
		       const struct answer *a)
{
	static const uint8_t nul;
	int64_t start = end + a->delay;
	size_t first = a->pause_after && a->pause_after < a->len ?
			       a->pause_after :
			       a->len;
	struct talker *t;

	w->nr_answers++;
	if (every(w->nr_answers, w->scenario->noise.nul_every)) {
		talkers_add(&w->talkers, start, a->baud, &nul, 1);
		start += bits_ns(CHAR_BITS + 1, a->baud);
	}
	t = talkers_add(&w->talkers, start, a->baud, a->bytes, first);
	t->meter = m;
	t->milliamps = m->model->milliamps;
	t->last = first == a->len;
	if (t->last)
		return;
	start = talker_end(t) + a->pause;
	t = talkers_add(&w->talkers, start, a->baud, a->bytes + first,
			a->len - first);
	t->meter = m;
	t->milliamps = m->model->milliamps;
	t->last = true;
}

/* In pieces a talker has room for. */
static void say_again(struct wire *w, int64_t start,
		      const struct saying *saying)
{
	size_t done, len;

	log_bytes(w->log, start, "answer", "recorded", saying->bytes,
		  saying->len);
	for (done = 0; done < saying->len; done += len) {
		len = saying->len - done;
		if (len > TELEGRAM_MAX)
			len = TELEGRAM_MAX;
		talkers_add(&w->talkers,
			    start + bits_ns(done * CHAR_BITS, w->baud),
			    w->baud, saying->bytes + done, len);
	}
}

static void replay_answers(struct wire *w, int64_t end)
{
	const struct telegram *t = &w->ears.telegram;
	const struct turn *turn;
	size_t i;

	turn = w->replay ? replay_turn(w->replay, t->raw, t->len) : NULL;
	for (i = 0; turn && i < turn->nr; i++)
		say_again(w, end + turn->sayings[i].delay, &turn->sayings[i]);
}

static void tell_meters(struct wire *w, int64_t end)
{
	const struct telegram *t = &w->ears.telegram;
	char name[METER_NAME_SIZE];
	struct answer answer;
	size_t i;

	log_flush(w->log);
	replay_answers(w, end);
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
}

/* A half-duplex converter holds its back to the PC while meters speak. */
static bool turned_away(const struct wire *w, int64_t start)
{
	int64_t turnaround =
		span_ns(&w->scenario->converter.turnaround, w->baud);

	if (!turnaround)
		return false;
	return w->breaking || talkers_meter_active(&w->talkers) ||
	       (w->meters_spoke && start < w->meters_quiet + turnaround);
}

static int64_t sending_starts(const struct wire *w)
{
	const struct timed_byte *first = queue_first(&w->outgoing);

	if (w->sending || !first)
		return NEVER;
	return later(first->t, w->byte_end);
}

static void begin_byte(struct wire *w)
{
	int64_t start = sending_starts(w);

	w->sending = true;
	w->byte = queue_first(&w->outgoing)->byte;
	w->outgoing.head++;
	w->byte_start = start;
	w->byte_end = start + bits_ns(CHAR_BITS, w->baud);
	w->lost = turned_away(w, start);
	log_byte(w->log, start, w->lost ? "lost" : "heard", w->byte);
	if (w->scenario->converter.echo)
		talkers_add(&w->talkers, start, w->baud, &w->byte, 1);
}

static void end_byte(struct wire *w)
{
	w->sending = false;
	if (w->lost)
		return;
	switch (ears_hear(&w->ears, w->byte_start, w->byte_end, w->baud,
			  w->byte)) {
	case HEARD_TELEGRAM:
		tell_meters(w, w->byte_end);
		break;
	case HEARD_SPOILED:
		log_rename(w->log, "heard", "spoiled");
		break;
	case HEARD_PART:
		break;
	}
}

void wire_send(struct wire *w, int64_t now, const uint8_t *bytes, size_t len)
{
	while (len--)
		queue_put(&w->outgoing, now, *bytes++);
}

size_t wire_backlog(const struct wire *w)
{
	return w->outgoing.nr - w->outgoing.head;
}

/* --- noise --- */

static void make_noise(struct wire *w)
{
	int64_t about = span_ns(&w->scenario->noise.idle, w->baud);
	uint8_t byte = random_next(&w->random);

	if (!w->talkers.nr && !w->sending && !w->breaking)
		talkers_add(&w->talkers, w->next_noise, w->baud, &byte, 1);
	w->next_noise += bits_ns(CHAR_BITS, w->baud) + about / 2 +
			 random_next(&w->random) % about;
}

/* --- events, in the order of time --- */

static void do_nothing(struct wire *w)
{
	(void)w;
}

static int64_t next_event(struct wire *w, void (**what)(struct wire *w))
{
	/* At one time: levels before whoever looks at them. */
	const struct {
		int64_t t;
		void (*what)(struct wire *w);
	} events[] = {
		{ talkers_next(&w->talkers), step_talkers },
		{ w->breaking ? w->break_end : NEVER, end_break },
		{ receiver_next(&w->receiver), sample },
		{ w->sending ? w->byte_end : NEVER, end_byte },
		{ sending_starts(w), begin_byte },
		{ w->next_noise, make_noise },
		{ delivery_due(w), deliver },
	};
	int64_t first = NEVER;
	size_t i;

	*what = do_nothing;
	for (i = 0; i < ARRAY_SIZE(events); i++) {
		if (events[i].t >= first)
			continue;
		first = events[i].t;
		*what = events[i].what;
	}
	return first;
}

/*
 * When something can next be seen from outside. Levels and samples in between
 * are caught up with then: waking for each bit would tell nobody anything.
 */
static int64_t next_visible(const struct wire *w)
{
	int64_t character = bits_ns(CHAR_BITS, w->baud);
	int64_t edge = talkers_next(&w->talkers);
	int64_t start = sending_starts(w);
	int64_t t = delivery_due(w);

	if (w->sending)
		t = earlier(t, w->byte_end);
	if (start != NEVER)
		t = earlier(t, start + character);
	if (w->breaking)
		t = earlier(t, w->break_end);
	if (w->receiver.state == RX_CHARACTER)
		t = earlier(t, w->receiver.edge + character);
	else if (edge != NEVER)
		t = earlier(t, edge + character);
	return earlier(t, w->next_noise);
}

int64_t wire_run(struct wire *w, int64_t now)
{
	void (*what)(struct wire *w);

	while (next_event(w, &what) <= now)
		what(w);
	return next_visible(w);
}
