// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a search takes beside what it cannot do without: selecting and
 * reading each meter once, or for primary addresses the window of each silent
 * one. The wire is mbus-sim's, bit by bit, the times are those of the driver's
 * own kernel/line.c; only the clock is a number.
 */
#include <stdlib.h>

#include <meterbus/search.h>

#include "../libmeterbus/sim_wire.h"
#include "bench.h"

#define SCENARIOS	MBUS_TOP "/userspace/mbus-sim/scenarios/"

#define BAUD		2400
#define NS_PER_BIT	(1e9 / BAUD)
#define NS_PER_CHAR	(11 * NS_PER_BIT)
#define WINDOW_NS	(330 * NS_PER_BIT + 50e6)

/* Bytes of SND_NKE or REQ_UD2, a selection, an acknowledgement. */
#define SHORT_CHARS	5
#define SELECT_CHARS	17
#define ACK_CHARS	1

static double answer_ns(const struct sim_wire *sim, const struct meter *m,
			size_t chars)
{
	return span_ns(&m->model->delay, BAUD) + chars * NS_PER_CHAR +
	       span_ns(&sim->scenario.converter.turnaround, BAUD);
}

/* How long the wire has been quiet before. */
#define QUIET_NS	1000000000ULL

/* What 'mbusctl tune' sets where a converter turns round in 37 ms. */
#define TUNED_GUARD_US	43000

/* @open_chars: what makes the meter listen, which it acknowledges. */
static double read_ns(const struct sim_wire *sim, size_t open_chars)
{
	double sum = 0;

	for (size_t i = 0; i < sim->scenario.nr_meters; i++) {
		const struct meter *m = &sim->scenario.meters[i];

		sum += open_chars * NS_PER_CHAR +
		       answer_ns(sim, m, ACK_CHARS) +
		       SHORT_CHARS * NS_PER_CHAR +
		       answer_ns(sim, m, m->model->telegrams[0].len);
	}
	return sum;
}

static double silent_ns(const struct sim_wire *sim)
{
	return (METERBUS_A_PRIMARY_MAX + 1 - sim->scenario.nr_meters) *
	       (SHORT_CHARS * NS_PER_CHAR + WINDOW_NS);
}

static int bench(const char *name, const char *file, const char *const *set,
		 bool primary, bool tuned, double goal)
{
	static struct sim_wire sim;
	struct meterbus_address mask = { .secondary = true };
	struct meterbus_search_result result;
	struct meterbus_search search = { 0 };
	struct meterbus_error err;
	unsigned int meters;
	double least, elapsed;
	int ret;

	if (!sim_open(&sim, file, set))
		return 1;
	if (tuned) {
		struct meterbus_timing timing;

		sim.link.get_timing(&sim.link, &timing, NULL);
		timing.guard_us = TUNED_GUARD_US;
		timing.defaults &= ~METERBUS_TIMING_GUARD;
		sim.link.set_timing(&sim.link, &timing, NULL);
	}
	memset(mask.bytes, 0xFF, sizeof(mask.bytes));
	search.master = meterbus_master_new(&sim.link, &err);
	sim.now = QUIET_NS;
	if (primary)
		ret = meterbus_search_primary(&search, &result, &err);
	else
		ret = meterbus_search_secondary(&search, &mask, &result, &err);
	meterbus_master_free(search.master);
	elapsed = sim.now - QUIET_NS;
	meters = result.count[METERBUS_METER_CONFIRMED];
	least = primary ? read_ns(&sim, SHORT_CHARS) + silent_ns(&sim) :
			  read_ns(&sim, SELECT_CHARS);
	printf("# %s: %u of %zu meters, %lu telegrams (%u silent, %u collisions), %.1f s, at least %.1f s\n",
	       name, meters, sim.scenario.nr_meters, result.transmissions,
	       sim.outcomes[METERBUS_OUTCOME_SILENCE],
	       sim.outcomes[METERBUS_OUTCOME_COLLISION], elapsed / 1e9,
	       least / 1e9);
	ret = ret < 0 || meters != sim.scenario.nr_meters;
	ret |= !bench_report(name, elapsed / least, "of the least",
			     BENCH_AT_MOST, goal);
	sim_close(&sim);
	return ret;
}

int main(void)
{
	static const char *const two[] = {
		"meter.id=31892740-31892741", "meter.address=5-6",
		"converter.turnaround=37ms", NULL
	};
	static const char *const sixty[] = { "meter.id=random 60", NULL };
	int status = 0;

	status |= bench("scan primary, 251 addresses", SCENARIOS "single.ini",
			two, true, false, 1.12);
	status |= bench("scan, 15 consecutive serials",
			SCENARIOS "reference-site.ini", NULL, false, false, 1.6);
	status |= bench("scan, 15 consecutive serials, tuned",
			SCENARIOS "reference-site.ini", NULL, false, true, 1.6);
	status |= bench("scan, 60 random IDs", SCENARIOS "many.ini", sixty,
			false, false, 1.8);
	status |= bench("scan, 60 random IDs, tuned", SCENARIOS "many.ini",
			sixty, false, true, 1.8);
	status |= bench("scan, 250 random IDs", SCENARIOS "many.ini", NULL,
			false, false, 1.8);
	return status;
}
