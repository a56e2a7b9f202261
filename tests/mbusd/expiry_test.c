// SPDX-License-Identifier: GPL-2.0-only
/*
 * When old readouts are deleted, and that a clock step deletes none.
 * Clock and store are simulated.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "kselftest_harness.h"

#include "../../userspace/mbusd/store/expiry.h"

#define NS	1000000000LL
#define HOUR	3600
#define DAY	86400
#define START	1700000000LL
#define KEPT	(10 * DAY)

/* The simulated time of the clocks, in seconds. */
static struct {
	bool held;
	int64_t real, monotonic;
} clocks;

/* Replaces that of the C library. */
int clock_gettime(clockid_t clock, struct timespec *time)
{
	if (!clocks.held)
		return syscall(SYS_clock_gettime, clock, time);
	time->tv_sec = clock == CLOCK_REALTIME ? clocks.real : clocks.monotonic;
	time->tv_nsec = 0;
	return 0;
}

static void pass(int64_t seconds)
{
	clocks.real += seconds;
	clocks.monotonic += seconds;
}

/* Replaces the store. */
static struct {
	int64_t last_ns;	/* of the newest readout */
	unsigned int calls;	/* of store_expire() */
	unsigned int full;	/* how many of them leave more to do */
	unsigned int fails_at;	/* the call that fails */
	int64_t before_ns;
	size_t output_count;
	bool outputs_named;
} store;

int store_last(struct store *db, const char *meter, int64_t before_ns,
	       int64_t *last_ns, struct meterbus_error *err)
{
	(void)db;
	(void)meter;
	(void)before_ns;
	(void)err;
	*last_ns = store.last_ns;
	return 0;
}

int store_expire(struct store *db, int64_t before_ns,
		 const char *const *outputs, size_t output_count, bool *more,
		 struct meterbus_error *err)
{
	(void)db;
	store.before_ns = before_ns;
	store.output_count = output_count;
	store.outputs_named = output_count == 2 && !strcmp(outputs[0], "x") &&
			      !strcmp(outputs[1], "y");
	*more = ++store.calls < store.full;
	if (store.calls == store.fails_at)
		return meterbus_fail(err, METERBUS_E_SYSTEM, "no");
	return 0;
}

FIXTURE(expiry)
{
	struct config config;
	struct expiry expiry;
	struct meterbus_error err;
};

FIXTURE_SETUP(expiry)
{
	memset(self, 0, sizeof(*self));
	memset(&store, 0, sizeof(store));
	clocks.held = true;
	clocks.real = START;
	clocks.monotonic = 5000;
	self->config.retention_s = KEPT;
	store.last_ns = (START - 60) * NS;
	expiry_init(&self->expiry, NULL);
}

FIXTURE_TEARDOWN(expiry)
{
	(void)self;
	clocks.held = false;
}

/* How many calls of the store one step makes. */
static unsigned int step(struct expiry *expiry, struct config *config)
{
	unsigned int before = store.calls;

	if (expiry_step(expiry, NULL, config, NULL) < 0)
		return 1000;
	return store.calls - before;
}

#define STEP()	step(&self->expiry, &self->config)

TEST_F(expiry, readouts_older_than_the_retention_are_deleted)
{
	pass(HOUR);
	EXPECT_EQ(1, STEP());
	EXPECT_EQ((START + HOUR - KEPT) * NS, store.before_ns);
}

TEST_F(expiry, without_a_retention_nothing_is_deleted)
{
	self->config.retention_s = 0;
	EXPECT_EQ(0, STEP());
}

TEST_F(expiry, four_steps_at_a_time)
{
	store.full = 6;
	EXPECT_EQ(4, STEP());
	EXPECT_EQ(2, STEP());
}

TEST_F(expiry, positions_of_all_outputs_are_kept)
{
	static char names[][2] = { "x", "y" };
	struct config_output x = { .name = names[0] }, y = { .name = names[1] };
	struct config_output *outputs[] = { &x, &y };

	self->config.outputs = outputs;
	self->config.output_count = 2;
	EXPECT_EQ(1, STEP());
	EXPECT_EQ(2, store.output_count);
	EXPECT_TRUE(store.outputs_named);
}

TEST_F(expiry, a_failed_store_ends_the_step)
{
	store.full = 4;
	store.fails_at = 2;
	EXPECT_EQ(-1, expiry_step(&self->expiry, NULL, &self->config,
				  &self->err));
	EXPECT_STREQ("no", self->err.text);
	EXPECT_EQ(2, store.calls);
}

/* By more than an hour, either way: a day to set it right. */
TEST_F(expiry, after_a_clock_step_nothing_is_deleted_for_a_day)
{
	static const struct {
		int64_t jump;
		unsigned int steps;
	} rows[] = {
		{ HOUR, 1 }, { HOUR + 1, 0 }, { 3650 * DAY, 0 },
		{ -HOUR, 1 }, { -HOUR - 1, 0 }, { -3650 * DAY, 0 },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		pass(2 * DAY);
		EXPECT_EQ(1, STEP());
		clocks.real += rows[i].jump;
		EXPECT_EQ(rows[i].steps, STEP())
		{
			TH_LOG("%lld s", (long long)rows[i].jump);
		}
		if (rows[i].steps)
			continue;
		pass(DAY - 1);
		EXPECT_EQ(0, STEP());
		pass(1);
		EXPECT_EQ(1, STEP());
	}
}

/* The clock may have been wrong since before the daemon began. */
TEST_F(expiry, a_start_long_after_the_last_readout_waits_too)
{
	store.last_ns = (START - 30 * DAY) * NS;
	expiry_init(&self->expiry, NULL);
	EXPECT_EQ(1, STEP());
	store.last_ns = (START - 30 * DAY - 1) * NS;
	expiry_init(&self->expiry, NULL);
	EXPECT_EQ(0, STEP());
	pass(DAY - 1);
	EXPECT_EQ(0, STEP());
	pass(1);
	EXPECT_EQ(1, STEP());
}

TEST_F(expiry, an_empty_store_needs_no_wait)
{
	store.last_ns = 0;
	expiry_init(&self->expiry, NULL);
	EXPECT_EQ(1, STEP());
}

TEST_HARNESS_MAIN
