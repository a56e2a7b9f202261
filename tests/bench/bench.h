/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every benchmark prints: one line with name, value, unit and how that
 * compares with the goal. Times are of the CPU, so that other work on the
 * machine disturbs little, and of the best of several runs.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stdio.h>
#include <time.h>

enum bench_goal { BENCH_AT_LEAST, BENCH_AT_MOST };

/* Returns false if the goal is missed. No goal: 0. */
static inline bool bench_report(const char *name, double value,
				const char *unit, enum bench_goal sense,
				double goal)
{
	double ratio = sense == BENCH_AT_LEAST ? value / goal : goal / value;

	if (goal == 0) {
		printf("%-36s %12.6g %s\n", name, value, unit);
		return true;
	}
	printf("%-36s %12.6g %-14s goal %s %-8g %5.2fx  %s\n", name, value,
	       unit, sense == BENCH_AT_LEAST ? ">=" : "<=", goal, ratio,
	       ratio >= 1 ? "ok" : "MISSED");
	return ratio >= 1;
}

static inline double bench_cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec + now.tv_nsec / 1e9;
}

#define BENCH_RUNS	10
#define BENCH_SECONDS	0.1	/* of one run */

/*
 * Seconds that one call of @run takes. @run is called with @context, and with
 * how often it is to do what it does.
 */
static inline double bench_time(void (*run)(void *context, unsigned long times),
				void *context)
{
	unsigned long times = 1;
	double best = 1e9;

	for (int i = 0; i < BENCH_RUNS;) {
		double start = bench_cpu_seconds();
		double took;

		run(context, times);
		took = bench_cpu_seconds() - start;
		/* Runs that are too short to be measured do not count. */
		if (took < BENCH_SECONDS / 2) {
			times *= took > BENCH_SECONDS / 100 ?
					 BENCH_SECONDS / took + 1 : 10;
			continue;
		}
		if (took / times < best)
			best = took / times;
		i++;
	}
	return best;
}

#endif
