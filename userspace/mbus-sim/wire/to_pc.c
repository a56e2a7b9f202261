// SPDX-License-Identifier: GPL-2.0-or-later
#include "to_pc.h"
#include "disturbance.h"

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool every(unsigned int count, unsigned int n)
{
	return n && count % n == 0;
}

/* A character the PC's UART has made of the line, complete at @end. */
static void receive(struct wire *w, uint8_t byte, int64_t end)
{
	const struct noise *noise = &w->scenario->noise;

	if (other_master_hides(w, end))
		return;
	w->nr_bytes++;
	if (every(w->nr_bytes, noise->drop_every))
		return;
	if (every(w->nr_bytes, noise->flip_every))
		byte ^= 1u << random_next(&w->random) % 8;
	queue_put(&w->incoming, end, byte);
}

static void level_changed(struct wire *w, int64_t t)
{
	receiver_level(&w->receiver, t, w->breaking || w->transmissions.spaces,
		       w->baud);
}

/* The converter limits the current, and the meters' voltage with it. */
static void drop_power(struct wire *w, int64_t t)
{
	int64_t drop = span_ns(&w->scenario->converter.power_drop, w->baud);
	size_t i;

	if (!drop)
		return;
	transmissions_cut_meters(&w->transmissions);
	for (i = 0; i < w->scenario->nr_meters; i++)
		meter_power_drop(&w->scenario->meters[i], t + drop);
	log_event(w->log, t, "power-drop", "%zu meters",
		  w->scenario->nr_meters);
}

/*
 * More current than one meter can draw. The converter blanks the bit it is
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
	if (!other_master_hides(w, t))
		queue_put(&w->incoming, t + bits_ns(CHAR_BITS, w->baud), 0);
	log_event(w->log, t, "collision", "%d mA", w->transmissions.milliamps);
	drop_power(w, t);
}

void to_pc_end_break(struct wire *w)
{
	w->breaking = false;
	w->meters_quiet = later(w->meters_quiet, w->break_end);
	log_event(w->log, w->break_end, "break-end", "%d mA",
		  w->transmissions.milliamps);
	level_changed(w, w->break_end);
}

static void log_beginning(struct wire *w, int64_t t)
{
	char name[METER_NAME_SIZE];
	size_t i;

	for (i = 0; w->log && i < w->transmissions.nr; i++) {
		struct transmission *k = &w->transmissions.items[i];

		if (k->start != t || k->next_bit != 1 || !k->meter)
			continue;
		log_bytes(w->log, t, "answer", meter_name(k->meter, name),
			  k->bytes, k->len);
	}
}

void to_pc_step(struct wire *w)
{
	int limit = w->scenario->converter.collision_ma;
	int64_t t = transmissions_next(&w->transmissions);
	struct transmission gone;

	transmissions_step(&w->transmissions);
	log_beginning(w, t);
	if (limit && w->transmissions.milliamps >= limit)
		collide(w, t);
	level_changed(w, t);
	while (transmissions_take_ended(&w->transmissions, &gone)) {
		if (!gone.on_bus)
			continue;
		w->meters_spoke = true;
		w->meters_quiet = later(w->meters_quiet, t);
		if (gone.last)
			meter_answered(gone.meter, t);
	}
}

void to_pc_sample(struct wire *w)
{
	uint8_t byte;
	int64_t end;

	if (receiver_sample(&w->receiver,
			    w->breaking || w->transmissions.spaces, &byte,
			    &end))
		receive(w, byte, end);
}

static int64_t arrives(const struct wire *w, const struct timed_byte *b)
{
	return b->t + span_ns(&w->scenario->tty.late, w->baud);
}

int64_t to_pc_due(const struct wire *w)
{
	const struct timed_byte *first = queue_first(&w->incoming);

	if (!first)
		return NEVER;
	return wire_pc_runs(w, arrives(w, first) +
				       span_ns(&w->scenario->converter.latency,
					       w->baud));
}

void to_pc_deliver(struct wire *w)
{
	int64_t due = to_pc_due(w);
	struct timed_byte *b;

	while ((b = queue_first(&w->incoming)) && arrives(w, b) <= due) {
		log_byte(w->log, b->t, "pc", b->byte);
		w->to_pc(w->context, b->byte);
		queue_drop(&w->incoming);
	}
}
