// SPDX-License-Identifier: GPL-2.0-only
/*
 * How long a readout takes, against what the wire needs for it: the telegrams
 * at 11 bits a character, the meter's delay before each answer, and the
 * converter's turnaround after each. In virtual time, on the bus of
 * readout.ini.
 *
 *	readout NAME TURNAROUND_MS	NAME: of the settings, for the report
 *
 * A readout by primary address needs SND_NKE: it is not known with which FCB the
 * master before left the meter, and with the same it would repeat its last
 * answer. The next one by the same master does not.
 */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <meterbus/bus.h>
#include <meterbus/master.h>

#include "common/clock.h"

#include "../bench.h"

#define BAUD		2400
#define CHAR_MS		(11 * 1000. / BAUD)
#define DELAY_MS	(33 * 1000. / BAUD)
#define SHORT_LEN	5
#define SELECT_LEN	17
#define ANSWER_LEN	57
#define GOAL		1.05
#define RUNS		3	/* the best counts */

struct readout {
	const char *name;
	const char *address;
	bool again;		/* the same master has read it before */
	int telegrams;
};

static const struct readout readouts[] = {
	{ "read by primary address", "5", false, 1 },
	{ "the same once more", "5", true, 1 },
	{ "read by secondary address", "12345678", false, 1 },
	{ "3 telegrams by secondary address", "12345679", false, 3 },
	{ "3 telegrams by primary address", "6", false, 3 },
};

/* A line that has been quiet, so that no guard of before counts. */
static void rest(void)
{
	struct timespec second = { .tv_sec = 1 };

	nanosleep(&second, NULL);
}

static double minimum_ms(const struct readout *readout, double turnaround)
{
	size_t open_len = strlen(readout->address) == 8 ? SELECT_LEN :
							  SHORT_LEN;
	double ms = readout->telegrams *
		    ((SHORT_LEN + ANSWER_LEN) * CHAR_MS + DELAY_MS);

	ms += (readout->telegrams - 1) * turnaround;
	if (!readout->again)
		ms += (open_len + 1) * CHAR_MS + DELAY_MS + turnaround;
	return ms;
}

static double read_ms(struct meterbus_master *master,
		      const struct readout *readout,
		      unsigned long *transmissions)
{
	unsigned long before = meterbus_master_transmissions(master);
	struct meterbus_readout result;
	struct meterbus_address address;
	struct meterbus_error err;
	int64_t start;

	rest();
	start = now_ns();
	if (meterbus_address_parse(&address, readout->address, &err) < 0 ||
	    meterbus_read(master, &address, &result, &err) < 0) {
		fprintf(stderr, "readout: %s\n", err.text);
		exit(2);
	}
	if (result.count != (size_t)readout->telegrams) {
		fprintf(stderr, "readout: %zu telegrams\n", result.count);
		exit(2);
	}
	*transmissions = meterbus_master_transmissions(master) - before;
	return (now_ns() - start) / 1e6;
}

static bool bench(struct meterbus_bus *bus, const struct readout *readout,
		  const char *settings, double turnaround)
{
	double minimum = minimum_ms(readout, turnaround), took = 1e9;
	struct meterbus_master *master;
	unsigned long transmissions;
	char name[64];

	/* What a busy host adds is no matter of ours. */
	for (int i = 0; i < RUNS; i++) {
		double ms;

		master = meterbus_master_new(meterbus_bus_link(bus), NULL);
		if (readout->again)
			read_ms(master, readout, &transmissions);
		ms = read_ms(master, readout, &transmissions);
		meterbus_master_free(master);
		if (ms < took)
			took = ms;
	}
	snprintf(name, sizeof(name), "%s, telegrams sent", readout->name);
	bench_report(name, transmissions, "", BENCH_AT_MOST, 0);
	snprintf(name, sizeof(name), "  time it takes, %s", settings);
	bench_report(name, took / 1000, "s", BENCH_AT_MOST, 0);
	return bench_report("  over what the wire needs", took / minimum,
			    "times", BENCH_AT_MOST, GOAL);
}

int main(int argc, char **argv)
{
	struct meterbus_error err;
	struct meterbus_bus *bus;
	bool ok = true;

	if (argc != 3)
		return 2;
	bus = meterbus_bus_open(NULL, &err);
	if (!bus) {
		fprintf(stderr, "readout: %s\n", err.text);
		return 2;
	}
	for (size_t i = 0; i < sizeof(readouts) / sizeof(readouts[0]); i++)
		ok &= bench(bus, &readouts[i], argv[1], atof(argv[2]));
	meterbus_bus_close(bus);
	return ok ? 0 : 1;
}
