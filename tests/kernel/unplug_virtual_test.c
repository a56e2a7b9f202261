// SPDX-License-Identifier: GPL-2.0-only
/*
 * The adapter is pulled out at every moment of a transaction, with somebody
 * blocked in every call: all wake, nothing is left, the module unloads.
 */
#include "kselftest_harness.h"
#include "pty_bus.h"

#define CYCLES		24
#define STEP_MS		13	/* 24 steps reach past guard, request, answer, repeat */

static void await_busy(__u32 number)
{
	while (info_of(number).state != METERBUS_STATE_BUSY)
		sleep_ms(1);
}

/* Longer than the harness grants by itself; virtual time costs nothing. */
FIXTURE(cycles)
{
};

FIXTURE_SETUP(cycles)
{
	(void)self;
	ASSERT_EQ(0, load_module());
}

FIXTURE_TEARDOWN(cycles)
{
	(void)self;
}

TEST_F_TIMEOUT(cycles, unplug_at_every_moment_wakes_all_and_leaves_nothing,
	       300)
{
	struct waiter w[WAITERS];
	struct pty_bus bus;
	unsigned int cycle, i;

	for (cycle = 0; cycle < CYCLES; cycle++) {
		memset(w, 0, sizeof(w));
		ASSERT_EQ(0, pty_bus_open(&bus));
		bus.far.mute = cycle % 2;
		for (i = 0; i < WAITERS; i++) {
			w[i].what = i;
			w[i].fd = open(bus.path, O_RDWR | O_CLOEXEC);
			ASSERT_GE(w[i].fd, 0);
			ASSERT_EQ(0, pthread_create(&w[i].thread, NULL,
						    wait_main, &w[i]));
		}
		sleep_ms(cycle * STEP_MS);
		unplug(&bus.far);
		for (i = 0; i < WAITERS; i++)
			ASSERT_EQ(0, pthread_join(w[i].thread, NULL));

		EXPECT_EQ(0, w[WAIT_READ].ret);
		EXPECT_TRUE(w[WAIT_POLL].ret & POLLHUP);
		EXPECT_EQ(-1, access(bus.path, F_OK));
		/* Files outlive the bus: half are closed before the tty. */
		for (i = 0; i < WAITERS; i += 2)
			close(w[i].fd);
		pty_bus_close(&bus);
		for (i = 1; i < WAITERS; i += 2)
			close(w[i].fd);
	}
	EXPECT_EQ(0, syscall(SYS_delete_module, "mbus", O_NONBLOCK));
	EXPECT_EQ(-1, access("/sys/module/mbus", F_OK));
}

TEST_F_TIMEOUT(cycles, taking_the_discipline_away_is_an_unplug_too, 300)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	struct pty_bus bus;
	unsigned int cycle;
	int fd, n_tty = 0;

	for (cycle = 0; cycle < CYCLES; cycle++) {
		struct waiter w = { .what = WAIT_XFER };

		ASSERT_EQ(0, pty_bus_open(&bus));
		fd = open(bus.path, O_RDWR | O_CLOEXEC);
		w.fd = fd;
		ASSERT_EQ(0, pthread_create(&w.thread, NULL, wait_main, &w));
		await_busy(bus.number);
		sleep_ms(cycle * STEP_MS);
		ASSERT_EQ(0, ioctl(bus.tty, TIOCSETD, &n_tty));
		ASSERT_EQ(0, pthread_join(w.thread, NULL));
		EXPECT_EQ(0, w.ret);
		EXPECT_TRUE(w.outcome == METERBUS_OUTCOME_UNPLUGGED ||
			    w.outcome == METERBUS_OUTCOME_FRAME);
		EXPECT_EQ(-1, ioctl(fd, METERBUS_IOC_XFER, &xfer));
		EXPECT_EQ(ENODEV, errno);
		close(fd);
		pty_bus_close(&bus);
	}
	EXPECT_EQ(0, syscall(SYS_delete_module, "mbus", O_NONBLOCK));
}

TEST_F_TIMEOUT(cycles, a_flush_or_the_other_end_may_come_at_any_moment, 300)
{
	struct pty_bus bus;
	unsigned int cycle;

	for (cycle = 0; cycle < CYCLES; cycle++) {
		struct waiter w = { .what = WAIT_XFER };

		ASSERT_EQ(0, pty_bus_open(&bus));
		w.fd = open(bus.path, O_RDWR | O_CLOEXEC);
		ASSERT_EQ(0, pthread_create(&w.thread, NULL, wait_main, &w));
		sleep_ms(cycle * STEP_MS);
		EXPECT_EQ(0, tcflush(bus.tty, TCIOFLUSH));
		EXPECT_EQ(0, tcflush(bus.far.master, TCIOFLUSH));
		ASSERT_EQ(0, pthread_join(w.thread, NULL));
		EXPECT_EQ(0, w.ret);
		close(w.fd);
		pty_bus_close(&bus);
	}
	EXPECT_EQ(0, syscall(SYS_delete_module, "mbus", O_NONBLOCK));
}

TEST_HARNESS_MAIN
