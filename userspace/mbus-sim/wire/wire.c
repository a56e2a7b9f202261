// SPDX-License-Identifier: GPL-2.0-or-later
#include "wire.h"
#include "disturbance.h"
#include "to_meters.h"
#include "to_pc.h"

#include <stdlib.h>

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
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
		.parser = {.gap = scenario->gap},
		.receiver = {.no_parity = !scenario->tty.parity},
		.random = scenario->seed,
	};
	disturbance_init(w);
}

void wire_free(struct wire *w)
{
	size_t i;

	for (i = 0; i < NR_SENDERS; i++)
		free(w->senders[i].queue.items);
	free(w->incoming.items);
	free(w->transmissions.items);
}

void wire_set_baud(struct wire *w, int64_t now, int baud)
{
	if (baud == w->baud)
		return;
	w->baud = baud;
	log_event(w->log, now, "baud", "%d", baud);
}

/*
 * The stalls are spread over their periods by the seed, the same wherever
 * from they are looked at.
 */
int64_t wire_pc_runs(const struct wire *w, int64_t t)
{
	const struct tty *tty = &w->scenario->tty;
	int64_t stall = span_ns(&tty->stall, w->baud);
	int64_t every = span_ns(&tty->stall_every, w->baud);
	uint64_t place = w->scenario->seed;
	int64_t begin;

	if (!every || t < every)
		return t; /* nothing in the first period: let it begin */
	place += t / every;
	begin = t / every * every + random_next(&place) % (every - stall);
	return t >= begin && t < begin + stall ? begin + stall : t;
}

void wire_send(struct wire *w, int64_t now, const uint8_t *bytes, size_t len)
{
	int64_t t = wire_pc_runs(w, now);

	while (len--)
		queue_put(&w->senders[SENDER_PC].queue, t, *bytes++);
}

size_t wire_backlog(const struct wire *w)
{
	return queue_length(&w->senders[SENDER_PC].queue);
}

/* --- events, in the order of time --- */

static void begin_pc(struct wire *w)
{
	to_meters_begin(w, &w->senders[SENDER_PC]);
}

static void end_pc(struct wire *w)
{
	to_meters_end(w, &w->senders[SENDER_PC]);
}

static void begin_other(struct wire *w)
{
	to_meters_begin(w, &w->senders[SENDER_OTHER]);
}

static void end_other(struct wire *w)
{
	to_meters_end(w, &w->senders[SENDER_OTHER]);
}

static void do_nothing(struct wire *w)
{
	(void)w;
}

static int64_t next_event(struct wire *w, void (**what)(struct wire *w))
{
	const struct sender *pc = &w->senders[SENDER_PC];
	const struct sender *other = &w->senders[SENDER_OTHER];
	/* At one time: levels before those that look at them. */
	const struct {
		int64_t t;
		void (*what)(struct wire *w);
	} events[] = {
		{transmissions_next(&w->transmissions), to_pc_step},
		{w->breaking ? w->break_end : NEVER, to_pc_end_break},
		{receiver_next(&w->receiver), to_pc_sample},
		{to_meters_ends(pc), end_pc},
		{to_meters_begins(pc), begin_pc},
		{to_meters_ends(other), end_other},
		{to_meters_begins(other), begin_other},
		{w->next_noise, noise_add},
		{w->next_stream, stream_add},
		{w->next_other, other_master_sends},
		{to_pc_due(w), to_pc_deliver},
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
 * are caught up with then: nobody would see anything of each bit.
 */
static int64_t next_visible(const struct wire *w)
{
	int64_t character = bits_ns(
		w->receiver.no_parity ? CHAR_BITS - 1 : CHAR_BITS, w->baud);
	int64_t edge = transmissions_next(&w->transmissions);
	int64_t t = to_pc_due(w);
	size_t i;

	for (i = 0; i < NR_SENDERS; i++) {
		int64_t start = to_meters_begins(&w->senders[i]);

		t = earlier(t, to_meters_ends(&w->senders[i]));
		if (start != NEVER)
			t = earlier(t, start + character);
	}
	if (w->breaking)
		t = earlier(t, w->break_end);
	if (w->receiver.state == RX_CHARACTER)
		t = earlier(t, w->receiver.edge + character);
	else if (edge != NEVER)
		t = earlier(t, edge + character);
	t = earlier(t, w->next_noise);
	t = earlier(t, w->next_stream);
	return earlier(t, w->next_other);
}

int64_t wire_run(struct wire *w, int64_t now)
{
	void (*what)(struct wire * w);

	while (next_event(w, &what) <= now)
		what(w);
	return next_visible(w);
}
