/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A scenario of mbus-sim as a link: its wire, bit by bit, and the driver's
 * kernel/line.c, in a time that is only a number. What the kernel adds to it
 * is the tty and the clients; what takes minutes on a bus takes milliseconds.
 */
#ifndef TESTS_SIM_WIRE_H
#define TESTS_SIM_WIRE_H

#include <stdio.h>
#include <string.h>

#include <meterbus/link.h>

#include "../../userspace/mbus-sim/wire/wire.h"

#include "line.h"

struct sim_wire {
	struct meterbus_link link;
	struct settings settings;
	struct scenario scenario;
	struct wire wire;
	struct mbus_line line;
	u64 now;
	bool send;
	bool done;
	/* By outcome: exchanges. */
	unsigned int outcomes[METERBUS_OUTCOME_COUNT];
};

static inline struct sim_wire *sim_of_line(struct mbus_line *line)
{
	return (struct sim_wire *)((char *)line -
				   offsetof(struct sim_wire, line));
}

static inline void sim_send(struct mbus_line *line)
{
	sim_of_line(line)->send = true;
}

static inline void sim_record(struct mbus_line *line,
			      const struct meterbus_bus_record *record, const u8 *data)
{
	(void)line;
	(void)record;
	(void)data;
}

static inline void sim_done(struct mbus_line *line, struct mbus_line_xfer *xfer)
{
	(void)xfer;
	sim_of_line(line)->done = true;
}

static const struct mbus_line_ops sim_ops = {
	.send = sim_send,
	.record = sim_record,
	.done = sim_done,
};

static inline void sim_to_pc(void *context, uint8_t byte)
{
	struct sim_wire *sim = context;

	mbus_line_rx(&sim->line, &byte, NULL, 1, sim->now);
}

static inline void sim_write(struct sim_wire *sim)
{
	const struct mbus_line_xfer *xfer;

	sim->send = false;
	xfer = mbus_line_send_begin(&sim->line, sim->now);
	if (!xfer)
		return;
	wire_send(&sim->wire, sim->now, xfer->request, xfer->request_len);
	mbus_line_sent(&sim->line, xfer->request_len, sim->now);
}

static inline int sim_exchange(struct meterbus_link *link,
			       struct meterbus_exchange *x,
			       struct meterbus_error *err)
{
	struct sim_wire *sim = (struct sim_wire *)link;
	struct mbus_line_xfer xfer = {
		.request_len = x->request_len,
		.guard_ns = x->guard_us * 1000ULL,
		.window_ns = x->window_us * 1000ULL,
		.repeats = x->repeats == METERBUS_REPEATS_BUS ?
				   sim->line.timing.repeats :
				   x->repeats,
	};

	(void)err;
	memcpy(xfer.request, x->request, x->request_len);
	sim->done = false;
	mbus_line_start(&sim->line, &xfer, sim->now);
	while (!sim->done) {
		u64 next = wire_run(&sim->wire, sim->now);
		u64 timer;

		if (sim->line.timer_ns <= sim->now) {
			mbus_line_timer(&sim->line, sim->now);
			continue;
		}
		if (sim->send) {
			sim_write(sim);
			continue;
		}
		if (sim->done)
			break;
		/* A PC that stalls is late with its timers, too. */
		timer = sim->line.timer_ns;
		if (timer != MBUS_LINE_NO_TIMER)
			timer = wire_pc_runs(&sim->wire, timer);
		if (timer < next)
			next = timer;
		/* What can be seen next may be overdue by a rounding. */
		sim->now = next > sim->now ? next : sim->now + 1000;
	}
	x->outcome = xfer.outcome;
	x->reason = xfer.reason;
	x->tries = xfer.tries;
	x->flags = xfer.flags;
	x->sent_ns = xfer.sent_ns;
	x->sent_end_ns = xfer.sent_end_ns;
	x->first_ns = xfer.first_ns;
	x->last_ns = xfer.last_ns;
	x->answer_len = xfer.answer_len;
	memcpy(x->answer, xfer.answer, xfer.answer_len);
	sim->outcomes[x->outcome]++;
	return 0;
}

static inline int sim_hold(struct meterbus_link *link,
			   struct meterbus_error *err)
{
	(void)link;
	(void)err;
	return 0;
}

static inline void sim_release(struct meterbus_link *link)
{
	(void)link;
}

static inline int sim_get_timing(struct meterbus_link *link,
				 struct meterbus_timing *timing,
				 struct meterbus_error *err)
{
	const struct mbus_timing *t = &((struct sim_wire *)link)->line.timing;

	(void)err;
	*timing = (struct meterbus_timing){
		.guard_us = t->guard_us,
		.slack_us = t->slack_us,
		.gap_us = t->gap_us,
		.window_us = t->window_us,
		.defaults = t->defaults,
		.echo = t->echo,
		.repeats = t->repeats,
	};
	return 0;
}

static inline int sim_set_timing(struct meterbus_link *link,
				 const struct meterbus_timing *timing,
				 struct meterbus_error *err)
{
	const struct mbus_timing t = {
		.guard_us = timing->guard_us,
		.slack_us = timing->slack_us,
		.gap_us = timing->gap_us,
		.window_us = timing->window_us,
		.defaults = timing->defaults,
		.echo = timing->echo,
		.repeats = timing->repeats,
	};

	if (mbus_line_set_timing(&((struct sim_wire *)link)->line, &t))
		return 0;
	return meterbus_fail(err, METERBUS_E_USAGE, "refused");
}

static inline int sim_babble(struct meterbus_link *link, uint32_t *rate,
			     uint8_t *byte, struct meterbus_error *err)
{
	const struct mbus_babble *babble =
		&((struct sim_wire *)link)->line.answer.babble;

	(void)err;
	*rate = babble->rate;
	*byte = babble->byte;
	return 0;
}

static inline bool sim_begin(struct sim_wire *sim,
			     const char *const *overrides)
{
	for (; overrides && *overrides; overrides++)
		if (!settings_override(&sim->settings, *overrides))
			return false;
	if (!scenario_build(&sim->scenario, &sim->settings))
		return false;
	wire_init(&sim->wire, &sim->scenario, NULL, sim_to_pc, sim);
	mbus_line_init(&sim->line, &sim_ops, sim->scenario.baud, 0);
	sim->link.exchange = sim_exchange;
	sim->link.hold = sim_hold;
	sim->link.release = sim_release;
	sim->link.get_timing = sim_get_timing;
	sim->link.set_timing = sim_set_timing;
	sim->link.babble = sim_babble;
	return true;
}

/*
 * @file: path of a scenario; @overrides: as of mbus-sim --set, NULL at the end.
 * Returns false if it makes none, which mbus-sim's code reports on stderr.
 */
static inline bool sim_open(struct sim_wire *sim, const char *file,
			    const char *const *overrides)
{
	memset(sim, 0, sizeof(*sim));
	return settings_read(&sim->settings, file) && sim_begin(sim, overrides);
}

static inline void sim_close(struct sim_wire *sim)
{
	wire_free(&sim->wire);
	scenario_free(&sim->scenario);
	settings_free(&sim->settings);
}

#endif
