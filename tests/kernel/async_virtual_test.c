// SPDX-License-Identifier: GPL-2.0-only
/*
 * Calls that do not wait: transactions submitted and fetched, O_NONBLOCK, and
 * what read() does when it cannot deliver.
 */
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/uio.h>

#include "kselftest_harness.h"
#include "pty_bus.h"

FIXTURE(bus)
{
	struct pty_bus bus;
	int fd;
};

FIXTURE_SETUP(bus)
{
	ASSERT_EQ(0, load_module());
	ASSERT_EQ(0, pty_bus_open(&self->bus));
	self->fd = open(self->bus.path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(bus)
{
	close(self->fd);
	pty_bus_close(&self->bus);
}

static struct meterbus_xfer new_submit(void)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);

	xfer.answer = 0;
	xfer.answer_size = 0;
	return xfer;
}

static struct meterbus_xfer new_fetch(void)
{
	return (struct meterbus_xfer){
		.answer = (__u64)(uintptr_t)answer_buf,
		.answer_size = sizeof(answer_buf),
	};
}

static bool ready(int fd, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLPRI };

	return poll(&pfd, 1, ms) == 1 && pfd.revents & POLLPRI;
}

TEST_F(bus, a_transaction_is_submitted_awaited_and_fetched)
{
	struct meterbus_xfer xfer = new_submit(), fetch = new_fetch();

	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_FETCH, &fetch));
	EXPECT_EQ(ENODATA, errno);
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_SUBMIT, &xfer));
	EXPECT_FALSE(ready(self->fd, 0));
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_FETCH, &fetch));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_SUBMIT, &xfer));
	EXPECT_EQ(EALREADY, errno);

	ASSERT_TRUE(ready(self->fd, 1000));
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_FETCH, &fetch));
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, fetch.outcome);
	EXPECT_EQ(sizeof(answer), fetch.answer_len);
	EXPECT_EQ(0, memcmp(answer, answer_buf, sizeof(answer)));
	EXPECT_FALSE(ready(self->fd, 0));
	fetch = new_fetch();
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_FETCH, &fetch));
	EXPECT_EQ(ENODATA, errno);
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_SUBMIT, &xfer));
}

TEST_F(bus, one_thread_serves_many)
{
	struct pty_bus buses[16];
	struct epoll_event event = { .events = EPOLLPRI };
	struct meterbus_xfer xfer = new_submit(), fetch;
	unsigned int i, n = 16, left = n;
	int epoll = epoll_create1(0), fds[16];
	__u64 begin;

	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, pty_bus_open(&buses[i]));
		fds[i] = open(buses[i].path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
		event.data.u32 = i;
		ASSERT_EQ(0, epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &event));
	}
	begin = now_ns();
	for (i = 0; i < n; i++)
		ASSERT_EQ(0, ioctl(fds[i], METERBUS_IOC_SUBMIT, &xfer));
	while (left) {
		ASSERT_EQ(1, epoll_wait(epoll, &event, 1, 2000));
		fetch = new_fetch();
		ASSERT_EQ(0, ioctl(fds[event.data.u32], METERBUS_IOC_FETCH,
				   &fetch));
		EXPECT_EQ(METERBUS_OUTCOME_FRAME, fetch.outcome);
		left--;
	}
	/* At the same time, not one after the other. */
	EXPECT_GE(1000 * MS, now_ns() - begin);
	for (i = 0; i < n; i++) {
		close(fds[i]);
		pty_bus_close(&buses[i]);
	}
	close(epoll);
}

TEST_F(bus, what_is_submitted_and_what_is_fetched_is_checked)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2), fetch = new_fetch();

	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_SUBMIT, &xfer));
	EXPECT_EQ(EINVAL, errno);
	xfer = new_submit();
	xfer.request_len = 4;
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_SUBMIT, &xfer));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_SUBMIT, NULL));
	EXPECT_EQ(EFAULT, errno);
	fetch.wait_ms = 1;
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_FETCH, &fetch));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_CANCEL));
	EXPECT_EQ(ENODATA, errno);
}

TEST_F(bus, a_submitted_one_can_be_given_up)
{
	struct meterbus_xfer xfer = new_submit(), fetch = new_fetch();
	__u64 sent;

	self->bus.far.mute = 1;
	xfer.repeats = 10;
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_SUBMIT, &xfer));
	EXPECT_EQ(0, ioctl(self->fd, METERBUS_IOC_CANCEL));
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_FETCH, &fetch));
	EXPECT_EQ(ENODATA, errno);
	sleep_ms(1000);
	EXPECT_EQ(0, info_of(self->bus.number).frames_sent);

	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_SUBMIT, &xfer));
	sleep_ms(100);
	EXPECT_EQ(0, ioctl(self->fd, METERBUS_IOC_CANCEL));
	sent = info_of(self->bus.number).frames_sent;
	sleep_ms(5000);
	EXPECT_EQ(sent, info_of(self->bus.number).frames_sent);
}

TEST_F(bus, its_file_closed_it_ends_with_the_try_under_way)
{
	struct meterbus_xfer xfer = new_submit();
	int fd = open(self->bus.path, O_RDWR | O_CLOEXEC);

	self->bus.far.mute = 1;
	xfer.repeats = 10;
	ASSERT_EQ(0, ioctl(fd, METERBUS_IOC_SUBMIT, &xfer));
	sleep_ms(100);
	close(fd);
	sleep_ms(5000);
	EXPECT_EQ(1, info_of(self->bus.number).frames_sent);
}

TEST_F(bus, its_wait_for_others_is_bounded)
{
	struct meterbus_xfer xfer = new_submit(), fetch = new_fetch();
	struct meterbus_hold hold = {};
	int other = open(self->bus.path, O_RDWR | O_CLOEXEC);
	__u64 begin = now_ns();

	ASSERT_EQ(0, ioctl(other, METERBUS_IOC_HOLD, &hold));
	xfer.wait_ms = 700;
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_SUBMIT, &xfer));
	ASSERT_TRUE(ready(self->fd, 5000));
	EXPECT_LE(700 * MS, now_ns() - begin);
	EXPECT_GE(800 * MS, now_ns() - begin);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_FETCH, &fetch));
	EXPECT_EQ(EBUSY, errno);
	close(other);
}

TEST_F(bus, a_fetch_may_wait)
{
	struct meterbus_xfer xfer = new_submit(), fetch = new_fetch();

	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_SUBMIT, &xfer));
	fcntl(self->fd, F_SETFL, 0);
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_FETCH, &fetch));
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, fetch.outcome);
}

TEST_F(bus, a_result_outlives_the_bus)
{
	struct meterbus_xfer xfer = new_submit(), fetch = new_fetch();

	self->bus.far.mute = 1;
	xfer.window_us = 10000000;
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_SUBMIT, &xfer));
	sleep_ms(90);
	unplug(&self->bus.far);
	ASSERT_TRUE(ready(self->fd, 1000));
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_FETCH, &fetch));
	EXPECT_EQ(METERBUS_OUTCOME_UNPLUGGED, fetch.outcome);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_SUBMIT, &xfer));
	EXPECT_EQ(ENODEV, errno);
}

TEST_F(bus, a_call_that_would_wait_does_not)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	struct meterbus_hold hold = {};
	int other = open(self->bus.path, O_RDWR | O_CLOEXEC);
	__u64 begin = now_ns();

	/* A transaction always takes its time. */
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, info_of(self->bus.number).frames_sent);

	EXPECT_EQ(0, ioctl(self->fd, METERBUS_IOC_HOLD, &hold));
	xfer.options = METERBUS_XFER_NOWAIT;
	EXPECT_EQ(-1, ioctl(other, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(EBUSY, errno);
	EXPECT_EQ(0, ioctl(self->fd, METERBUS_IOC_RELEASE));
	EXPECT_EQ(0, ioctl(other, METERBUS_IOC_HOLD, &hold));
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_HOLD, &hold));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_GE(1000 * MS, now_ns() - begin);
	EXPECT_EQ(0, ioctl(other, METERBUS_IOC_XFER, &xfer));
	close(other);
	EXPECT_EQ(0, ioctl(self->fd, METERBUS_IOC_HOLD, &hold));
}

/* Two frames are queued for self->fd. */
static void receive_two(const struct pty_bus *bus)
{
	unsigned int i;

	for (i = 0; i < 2; i++) {
		if (write(bus->far.master, answer, sizeof(answer)) < 0)
			abort();
		sleep_ms(100);
	}
}

TEST_F(bus, a_read_of_nothing_reads_nothing)
{
	__u8 buf[METERBUS_FRAME_MAX];

	EXPECT_EQ(0, read(self->fd, buf, 0));
	receive_two(&self->bus);
	EXPECT_EQ(0, read(self->fd, buf, 0));
	EXPECT_EQ(sizeof(answer), read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(sizeof(answer), read(self->fd, buf, sizeof(buf)));
}

TEST_F(bus, a_record_that_cannot_be_delivered_stays)
{
	__u8 *edge = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u8 buf[METERBUS_FRAME_MAX];

	ASSERT_EQ(0, munmap(edge + 4096, 4096));
	receive_two(&self->bus);
	EXPECT_EQ(-1, read(self->fd, edge + 4096, sizeof(buf)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, read(self->fd, edge + 4096 - 3, sizeof(buf)));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(sizeof(answer), read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(sizeof(answer), read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(-1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(EAGAIN, errno);
	munmap(edge, 4096);
}

TEST_F(bus, a_record_may_be_read_into_parts_and_a_pipe)
{
	__u8 a[3], b[METERBUS_FRAME_MAX], c[METERBUS_FRAME_MAX];
	struct iovec parts[] = { { a, sizeof(a) }, { b, sizeof(b) } };
	int ends[2];

	ASSERT_EQ(0, pipe(ends));
	receive_two(&self->bus);
	ASSERT_EQ(sizeof(answer), readv(self->fd, parts, 2));
	EXPECT_EQ(0, memcmp(answer, a, 3));
	EXPECT_EQ(0, memcmp(answer + 3, b, sizeof(answer) - 3));
	ASSERT_EQ(sizeof(answer), splice(self->fd, NULL, ends[1], NULL, 4096,
					 SPLICE_F_NONBLOCK));
	ASSERT_EQ(sizeof(answer), read(ends[0], c, sizeof(c)));
	EXPECT_EQ(0, memcmp(answer, c, sizeof(answer)));
	EXPECT_EQ(-1, splice(self->fd, NULL, ends[1], NULL, 4096,
			     SPLICE_F_NONBLOCK));
	EXPECT_EQ(EAGAIN, errno);
	parts[0] = (struct iovec){ (void *)req_ud2, 2 };
	parts[1] = (struct iovec){ (__u8 *)req_ud2 + 2, 3 };
	EXPECT_EQ(5, writev(self->fd, parts, 2));
	close(ends[0]);
	close(ends[1]);
}

TEST_F_TIMEOUT(bus, a_plain_reader_learns_of_a_loss, 300)
{
	__u8 buf[METERBUS_FRAME_MAX];
	unsigned int i, got = 0;
	ssize_t n;

	for (i = 0; i < 1000; i++) {
		ASSERT_EQ(sizeof(answer), write(self->bus.far.master, answer,
						sizeof(answer)));
		sleep_ms(60);
	}
	EXPECT_EQ(-1, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(EPIPE, errno);
	while ((n = read(self->fd, buf, sizeof(buf))) == sizeof(answer))
		got++;
	EXPECT_EQ(-1, n);
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(1000, got + info_of(self->bus.number).records_lost);
}

TEST_HARNESS_MAIN
