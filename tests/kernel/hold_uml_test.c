// SPDX-License-Identifier: GPL-2.0-only
/*
 * A hold that runs out while its transaction waits for an answer. In real
 * time: what must not happen is that the machine does nothing else meanwhile.
 */
#include "kselftest_harness.h"
#include "pty_bus.h"

#define WINDOW_MS	3000

static void *sleeper(void *arg)
{
	unsigned long *longest_ms = arg;

	for (;;) {
		int64_t begin = now_ns();
		unsigned long ms;

		sleep_ms(10);
		ms = (now_ns() - begin) / NS_PER_MS;
		if (ms > *longest_ms)
			*longest_ms = ms;
	}
	return NULL;
}

TEST(others_run_while_a_hold_ends_during_a_transaction)
{
	struct meterbus_hold hold = { .limit_ms = 100 };
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	unsigned long longest_ms = 0;
	struct pty_bus bus;
	pthread_t thread;
	int fd;

	ASSERT_EQ(0, load_module());
	ASSERT_EQ(0, pty_bus_open(&bus));
	bus.far.mute = 1;
	fd = open(bus.path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	xfer.window_us = WINDOW_MS * 1000;
	ASSERT_EQ(0, pthread_create(&thread, NULL, sleeper, &longest_ms));
	ASSERT_EQ(0, ioctl(fd, METERBUS_IOC_HOLD, &hold));
	EXPECT_EQ(0, ioctl(fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(METERBUS_OUTCOME_SILENCE, xfer.outcome);
	/* The sleeper may have its turn first. */
	sleep_ms(50);
	EXPECT_GE(WINDOW_MS / 2, longest_ms);
	EXPECT_EQ(-1, ioctl(fd, METERBUS_IOC_RELEASE));
	EXPECT_EQ(ESTALE, errno);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	close(fd);
	pty_bus_close(&bus);
}

TEST_HARNESS_MAIN
