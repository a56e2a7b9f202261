// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Measures how soon after an answer a converter passes on the next telegram:
 * two telegrams in a row, each answered by E5, of which the second comes so
 * soon or is lost.
 */
#include <string.h>

#include <meterbus/tune.h>

#include "master/exchange.h"

#define IDLE_BITS	33	/* EN 13757-2: before the master goes on */
#define LONGEST_US	500000	/* no converter needs more */
#define RESOLUTION_US	1000
#define PROOFS		3	/* it must have arrived so often */
#define LONGEST_WINDOW_US 2000000	/* late meters take up to 1100 ms */

/* Beyond what was measured: a margin for jitter of adapter and system. */
#define MARGIN_US	5000

static int ping(struct meterbus_master *master,
		const struct meterbus_address *address, uint32_t guard_us,
		uint32_t window_us, struct meterbus_exchange *x,
		struct meterbus_error *err)
{
	memset(x, 0, sizeof(*x));
	x->guard_us = guard_us;
	x->window_us = window_us;
	if (check_cancelled(master, err) < 0)
		return -1;
	if (address->secondary)
		return meterbus_select(master, address, x, err);
	return meterbus_snd_nke(master, address->primary, x, err);
}

/*
 * Nobody, or one that answers late? What comes may be the answer to the ping
 * before, so it is not measured; the next guard covers its own.
 */
static int answers_late(struct meterbus_master *master,
			const struct meterbus_tune_meter *meter,
			struct meterbus_error *err)
{
	struct meterbus_exchange x;

	if (ping(master, &meter->address, LONGEST_US, LONGEST_WINDOW_US, &x,
		 err) < 0)
		return -1;
	return x.outcome != METERBUS_OUTCOME_SILENCE;
}

static int measure_delays(struct meterbus_master *master,
			  struct meterbus_tune_meter *meter,
			  struct meterbus_error *err)
{
	struct meterbus_exchange x;
	uint32_t window_us = 0;
	int late;

	meter->answered = 0;
	meter->delay_min_us = 0;
	meter->delay_max_us = 0;
	for (int i = 0; i < METERBUS_TUNE_PINGS; i++) {
		uint32_t delay;

		if (ping(master, &meter->address, LONGEST_US, window_us, &x,
			 err))
			return -1;
		if (x.outcome == METERBUS_OUTCOME_SILENCE && i == 0 && !window_us) {
			late = answers_late(master, meter, err);
			if (late <= 0)
				return late;
			window_us = LONGEST_WINDOW_US;
			i--;
			continue;
		}
		if (x.outcome != METERBUS_OUTCOME_ACK)
			continue;
		delay = x.first_ns > x.sent_end_ns ?
				(x.first_ns - x.sent_end_ns) / 1000 : 0;
		if (!meter->answered++ || delay < meter->delay_min_us)
			meter->delay_min_us = delay;
		if (delay > meter->delay_max_us)
			meter->delay_max_us = delay;
	}
	return 0;
}

static bool is_late(const struct meterbus_tune_meter *meter,
		    uint32_t bus_window_us)
{
	return meter->delay_max_us > bus_window_us;
}

/* Does a telegram @guard_us after an answer arrive? 1, 0, or -1 with *err. */
static int arrives(struct meterbus_master *master,
		   const struct meterbus_tune_meter *meter, uint32_t guard_us,
		   uint32_t bus_window_us, struct meterbus_error *err)
{
	uint32_t window_us = is_late(meter, bus_window_us) ?
				     LONGEST_WINDOW_US : 0;
	struct meterbus_exchange x;

	for (int i = 0; i < PROOFS; i++) {
		if (ping(master, &meter->address, LONGEST_US, window_us, &x,
			 err) < 0)
			return -1;
		if (x.outcome != METERBUS_OUTCOME_ACK)
			return meterbus_fail(err, METERBUS_E_UNREADABLE,
					     "the meter answers now and then only, so nothing can be measured; check the wiring, or take another meter");
		if (ping(master, &meter->address, guard_us, window_us, &x,
			 err) < 0)
			return -1;
		if (x.outcome != METERBUS_OUTCOME_ACK)
			return 0;
	}
	return 1;
}

static int measure_turnaround(struct meterbus_master *master,
			      const struct meterbus_tune_meter *meter,
			      uint32_t shortest_us, uint32_t window_us,
			      struct meterbus_tuning *tuning,
			      struct meterbus_error *err)
{
	uint32_t good = LONGEST_US, bad = shortest_us;
	int ret = arrives(master, meter, shortest_us, window_us, err);

	if (ret) {
		tuning->turnaround_us = shortest_us;
		return ret < 0 ? -1 : 0;
	}
	ret = arrives(master, meter, good, window_us, err);
	if (ret < 0)
		return -1;
	if (!ret)
		return meterbus_fail(err, METERBUS_E_UNREADABLE,
				     "telegrams are lost even %u ms after an answer: this is not the converter's turnaround",
				     good / 1000);
	while (good - bad > RESOLUTION_US) {
		uint32_t middle = (good + bad) / 2;

		/* Turnarounds are short: look there first. */
		if (middle > 4 * bad)
			middle = 2 * bad;
		ret = arrives(master, meter, middle, window_us, err);
		if (ret < 0)
			return -1;
		if (ret)
			good = middle;
		else
			bad = middle;
	}
	tuning->turnaround_us = good;
	tuning->lost_us = bad;
	return 0;
}

static void propose(struct meterbus_tuning *tuning, uint32_t window_us,
		    const struct meterbus_tune_meter *meters, size_t count)
{
	struct meterbus_settings *settings = &tuning->settings;
	uint32_t margin = tuning->turnaround_us / 10;
	uint32_t slowest = 0;

	if (margin < MARGIN_US)
		margin = MARGIN_US;
	settings->timing.guard_us = tuning->turnaround_us + margin;
	/* Whole milliseconds, as everybody writes them. */
	settings->timing.guard_us = (settings->timing.guard_us + 999) / 1000 *
				    1000;
	settings->fields |= METERBUS_SET_GUARD;
	for (size_t i = 0; i < count; i++)
		if (meters[i].delay_max_us > slowest)
			slowest = meters[i].delay_max_us;
	if (slowest <= window_us) {
		settings->follow |= METERBUS_TIMING_WINDOW;
		return;
	}
	settings->timing.window_us = (slowest + slowest / 4 + 999) / 1000 *
				     1000;
	settings->fields |= METERBUS_SET_WINDOW;
}

static int measure(struct meterbus_master *master,
		   struct meterbus_tune_meter *meters, size_t count,
		   uint32_t shortest_us, uint32_t window_us,
		   struct meterbus_tuning *tuning, struct meterbus_error *err)
{
	/* The one that takes least time. */
	const struct meterbus_tune_meter *meter = NULL;

	for (size_t i = 0; i < count; i++) {
		if (measure_delays(master, &meters[i], err) < 0)
			return -1;
		if (meters[i].answered == METERBUS_TUNE_PINGS &&
		    (!meter || meters[i].delay_max_us < meter->delay_max_us))
			meter = &meters[i];
	}
	if (!meter)
		return meterbus_fail_hint(err, METERBUS_E_SILENCE,
					  METERBUS_HINT_PING, NULL,
					  "no meter answered each of %d telegrams; check the addresses",
					  METERBUS_TUNE_PINGS);
	return measure_turnaround(master, meter, shortest_us, window_us, tuning,
				  err);
}

int meterbus_tune(struct meterbus_master *master,
		  struct meterbus_tune_meter *meters, size_t count,
		  struct meterbus_tuning *tuning, struct meterbus_error *err)
{
	struct meterbus_link *link = master->link;
	struct meterbus_timing before, timing;
	uint32_t baud;
	int ret;

	memset(tuning, 0, sizeof(*tuning));
	if (!link->get_timing || !link->set_timing || !link->get_baud)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "this bus has no settings to tune");
	if (link->get_timing(link, &before, err) < 0 ||
	    link->get_baud(link, &baud, err) < 0)
		return -1;
	/*
	 * An E5 is complete after a time that the guard bounds: with a shorter
	 * one a shorter gap can be tried.
	 */
	timing = before;
	timing.guard_us = IDLE_BITS * 1000000 / baud + 1;
	timing.defaults &= ~METERBUS_TIMING_GUARD;
	if (link->set_timing(link, &timing, err) < 0)
		return -1;
	ret = link->hold(link, err);
	if (ret == 0) {
		ret = measure(master, meters, count, timing.guard_us,
			      before.window_us, tuning, err);
		link->release(link);
	}
	/* Nothing can be done if this fails; the bus is gone then. */
	link->set_timing(link, &before, NULL);
	if (ret == 0)
		propose(tuning, before.window_us, meters, count);
	return ret;
}
