// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bus whose tty stays while what is behind it comes and goes, as with a
 * network gateway.
 */
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "pty_bus.h"

FIXTURE(link)
{
	struct pty_bus bus;
	int fd;
};

FIXTURE_SETUP(link)
{
	ASSERT_EQ(0, load_module());
	ASSERT_EQ(0, pty_bus_open(&self->bus));
	self->fd = open(self->bus.path, O_RDWR | O_CLOEXEC);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(link)
{
	close(self->fd);
	pty_bus_close(&self->bus);
}

static int set_link(int tty, __u32 link)
{
	return ioctl(tty, METERBUS_IOC_SET_LINK, &link);
}

static short polled(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN | POLLOUT };

	poll(&pfd, 1, 0);
	return pfd.revents;
}

TEST_F(link, nothing_is_sent_while_it_is_down_and_callers_fail_at_once)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);

	EXPECT_EQ(POLLOUT, polled(self->fd));
	ASSERT_EQ(0, set_link(self->bus.tty, METERBUS_LINK_DOWN));
	EXPECT_EQ(METERBUS_STATE_NO_LINK, info_of(self->bus.number).state);
	EXPECT_EQ(0, polled(self->fd));
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(ENOLINK, errno);
	EXPECT_EQ(-1, write(self->fd, req_ud2, sizeof(req_ud2)));
	EXPECT_EQ(ENOLINK, errno);

	ASSERT_EQ(0, set_link(self->bus.tty, METERBUS_LINK_UP));
	EXPECT_EQ(METERBUS_STATE_IDLE, info_of(self->bus.number).state);
	EXPECT_EQ(POLLOUT, polled(self->fd));
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
}

TEST_F(link, a_transaction_under_way_ends_as_unplugged_and_others_in_turn)
{
	struct waiter active = { .fd = self->fd, .what = WAIT_XFER };
	struct waiter queued = { .what = WAIT_QUEUED };

	self->bus.far.mute = 1;
	queued.fd = open(self->bus.path, O_RDWR | O_CLOEXEC);
	ASSERT_GE(queued.fd, 0);
	pthread_create(&active.thread, NULL, wait_main, &active);
	sleep_ms(90);
	pthread_create(&queued.thread, NULL, wait_main, &queued);
	sleep_ms(10);
	EXPECT_EQ(METERBUS_STATE_BUSY, info_of(self->bus.number).state);
	ASSERT_EQ(0, set_link(self->bus.tty, METERBUS_LINK_DOWN));
	pthread_join(active.thread, NULL);
	pthread_join(queued.thread, NULL);
	EXPECT_EQ(0, active.ret);
	EXPECT_EQ(METERBUS_OUTCOME_UNPLUGGED, active.outcome);
	EXPECT_EQ(-1, queued.ret);
	EXPECT_EQ(ENOLINK, queued.error);
	close(queued.fd);
}

TEST_F(link, what_came_before_it_is_up_again_is_in_no_answer)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	__u32 mode = METERBUS_MODE_RECORD;

	/* Half an answer, then the rest while it is down. */
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_SET_MODE, &mode));
	ASSERT_EQ(6, write(self->bus.far.master, answer, 6));
	sleep_ms(20);
	ASSERT_EQ(0, set_link(self->bus.tty, METERBUS_LINK_DOWN));
	ASSERT_EQ(4, write(self->bus.far.master, answer + 6, 4));
	sleep_ms(20);
	ASSERT_EQ(0, set_link(self->bus.tty, METERBUS_LINK_UP));
	sleep_ms(500);
	EXPECT_EQ(POLLOUT, polled(self->fd));

	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
	EXPECT_EQ(0, xfer.flags);
}

TEST_F(link, a_hold_outlives_it)
{
	struct meterbus_hold hold = {};
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);

	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_HOLD, &hold));
	ASSERT_EQ(0, set_link(self->bus.tty, METERBUS_LINK_DOWN));
	ASSERT_EQ(0, set_link(self->bus.tty, METERBUS_LINK_UP));
	EXPECT_EQ(METERBUS_STATE_HELD, info_of(self->bus.number).state);
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(0, ioctl(self->fd, METERBUS_IOC_RELEASE));
}

TEST_F(link, up_once_more_disturbs_no_answer)
{
	struct waiter w = { .fd = self->fd, .what = WAIT_XFER };

	self->bus.far.mute = 1;
	pthread_create(&w.thread, NULL, wait_main, &w);
	sleep_ms(100);
	ASSERT_EQ(6, write(self->bus.far.master, answer, 6));
	sleep_ms(20);
	ASSERT_EQ(0, set_link(self->bus.tty, METERBUS_LINK_UP));
	ASSERT_EQ(4, write(self->bus.far.master, answer + 6, 4));
	pthread_join(w.thread, NULL);
	EXPECT_EQ(0, w.ret);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, w.outcome);
}

TEST_F(link, it_is_for_the_process_that_attached)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setgid(65534) || setuid(65534))
			_exit(100);
		_exit(set_link(self->bus.tty, METERBUS_LINK_DOWN) ? errno : 0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(EPERM, WEXITSTATUS(status));
	EXPECT_EQ(METERBUS_STATE_IDLE, info_of(self->bus.number).state);
}

TEST_F(link, it_is_down_or_up)
{
	EXPECT_EQ(-1, set_link(self->bus.tty, 2));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(self->bus.tty, METERBUS_IOC_SET_LINK, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(METERBUS_STATE_IDLE, info_of(self->bus.number).state);
}

TEST_HARNESS_MAIN
