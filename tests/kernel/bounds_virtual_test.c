// SPDX-License-Identifier: GPL-2.0-only
/*
 * What one program can do to the others is bounded: frames it leaves behind,
 * transactions it is killed in, waits, holds, requests.
 */
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>

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
	self->fd = open(self->bus.path, O_RDWR | O_CLOEXEC);
	ASSERT_GE(self->fd, 0);
}

FIXTURE_TEARDOWN(bus)
{
	close(self->fd);
	pty_bus_close(&self->bus);
}

static __u64 frames_sent(const struct pty_bus *bus)
{
	return info_of(bus->number).frames_sent;
}

static void leave_a_frame(const struct pty_bus *bus)
{
	int fd = open(bus->path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	if (write(fd, req_ud2, sizeof(req_ud2)) != sizeof(req_ud2))
		abort();
	close(fd);
}

TEST_F_TIMEOUT(bus, frames_of_closed_files_go_behind_others, 300)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	unsigned int i, left = 100;
	__u64 sent;

	/* Nothing waits behind the one that is being sent. */
	self->bus.far.mute = 1;
	for (i = 0; i < left; i++)
		leave_a_frame(&self->bus);
	sent = now_ns();
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_LE(frames_sent(&self->bus), 3);
	/* One window, and the guard. */
	EXPECT_GE(400 * MS, xfer.sent_ns - sent);

	/* Of the others some are sent, and all that are not are counted. */
	sleep_ms(30000);
	EXPECT_EQ(left, frames_sent(&self->bus) - 1 +
			info_of(self->bus.number).writes_dropped);
	EXPECT_EQ(1 + METERBUS_QUEUE_CLOSED_MAX, frames_sent(&self->bus) - 1);
}

TEST_F(bus, a_file_has_one_frame_queued)
{
	struct pollfd pfd = { .fd = self->fd, .events = POLLOUT };

	self->bus.far.mute = 1;
	fcntl(self->fd, F_SETFL, O_NONBLOCK);
	EXPECT_EQ(1, poll(&pfd, 1, 0));
	ASSERT_EQ(5, write(self->fd, req_ud2, sizeof(req_ud2)));
	EXPECT_EQ(-1, write(self->fd, req_ud2, sizeof(req_ud2)));
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(0, poll(&pfd, 1, 0));
	EXPECT_EQ(1, poll(&pfd, 1, 2000));
}

static void *waiting(void *arg)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	struct waiter *w = arg;
	__u8 buf[METERBUS_DATA_MAX];

	xfer.answer = (__u64)(uintptr_t)buf;
	w->ret = ioctl(w->fd, METERBUS_IOC_XFER, &xfer);
	w->error = errno;
	return NULL;
}

TEST_F(bus, requests_of_a_file_are_bounded)
{
	struct waiter w[METERBUS_QUEUE_FILE_MAX + 1] = {};
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	struct meterbus_hold hold = {};
	struct pollfd pfd = { .events = POLLOUT };
	int other = open(self->bus.path, O_RDWR | O_CLOEXEC);
	unsigned int i;

	/* Held by another file: all of these wait. */
	ASSERT_EQ(0, ioctl(other, METERBUS_IOC_HOLD, &hold));
	for (i = 0; i < METERBUS_QUEUE_FILE_MAX; i++) {
		w[i].fd = self->fd;
		pthread_create(&w[i].thread, NULL, waiting, &w[i]);
	}
	sleep_ms(100);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(ENOBUFS, errno);
	pfd.fd = self->fd;
	EXPECT_EQ(0, poll(&pfd, 1, 0));
	/* Others are not refused. */
	EXPECT_EQ(0, ioctl(other, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(0, ioctl(other, METERBUS_IOC_RELEASE));
	EXPECT_EQ(1, poll(&pfd, 1, 1000));
	for (i = 0; i < METERBUS_QUEUE_FILE_MAX; i++) {
		pthread_join(w[i].thread, NULL);
		EXPECT_EQ(0, w[i].ret);
	}
	close(other);
}

/* A program in a transaction that would go on for minutes. */
static pid_t long_program(const struct pty_bus *bus, int parents_fd)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	pid_t pid = fork();
	int fd;

	if (pid)
		return pid;
	close(parents_fd);
	fd = open(bus->path, O_RDWR | O_CLOEXEC);
	xfer.window_us = 10000000;
	xfer.repeats = 10;
	_exit(ioctl(fd, METERBUS_IOC_XFER, &xfer) ? 1 : 0);
}

TEST_F_TIMEOUT(bus, the_transaction_of_a_killed_program_ends_with_its_try, 900)
{
	struct meterbus_xfer xfer = NEW_XFER(snd_nke);
	unsigned int ms;
	__u64 sent, killed;
	pid_t pid;

	self->bus.far.mute = 1;
	/* In the window, in the guard of the first try, and of the second. */
	for (ms = 20; ms <= 10140; ms += ms < 1000 ? 9100 : 510) {
		sent = frames_sent(&self->bus);
		pid = long_program(&self->bus, self->fd);
		sleep_ms(ms);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		killed = now_ns();
		sent = frames_sent(&self->bus) - sent;
		xfer = NEW_XFER(snd_nke);
		xfer.window_us = 1000;
		ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer))
			TH_LOG("%u ms: %s", ms, strerror(errno));
		EXPECT_GE(10100 * MS, xfer.sent_ns - killed)
			TH_LOG("%u ms", ms);
	}
	/* Nothing is sent any more. */
	sent = frames_sent(&self->bus);
	sleep_ms(60000);
	EXPECT_EQ(sent, frames_sent(&self->bus));
}

TEST_F(bus, its_records_are_its_own_to_the_end)
{
	struct {
		struct meterbus_bus_record head;
		__u8 data[METERBUS_DATA_MAX];
	} r;
	struct itimerval soon = { .it_value = { 0, 100000 } };
	struct sigaction action = { .sa_handler = SIG_IGN };
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	__u32 mode = METERBUS_MODE_RECORD;
	unsigned int outcomes = 0;

	self->bus.far.mute = 1;
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_SET_MODE, &mode));
	action.sa_handler = (void (*)(int))sleep_ms;
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	xfer.repeats = 2;
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(EINTR, errno);
	sleep_ms(2000);
	fcntl(self->fd, F_SETFL, O_NONBLOCK);
	while (read(self->fd, &r, sizeof(r)) > 0) {
		EXPECT_TRUE(r.head.flags & METERBUS_FLAG_OWN);
		outcomes += r.head.kind == METERBUS_KIND_OUTCOME;
	}
	EXPECT_EQ(1, outcomes);
	EXPECT_EQ(1, frames_sent(&self->bus));
}

TEST_F(bus, the_limit_of_a_hold_cuts_a_transaction_in_it)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	struct meterbus_hold hold = { .limit_ms = 500 };
	__u64 begin = now_ns();

	self->bus.far.mute = 1;
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_HOLD, &hold));
	xfer.repeats = 10;
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(METERBUS_OUTCOME_SILENCE, xfer.outcome);
	EXPECT_GE(3, xfer.tries);
	EXPECT_GE(900 * MS, now_ns() - begin);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(ESTALE, errno);
}

static void on_alarm(int signal)
{
	(void)signal;
}

static void *hog(void *arg)
{
	struct waiter *w = arg;
	struct meterbus_xfer xfer;

	do {
		xfer = NEW_XFER(snd_nke);
		xfer.window_us = 100000;
	} while (!w->what && !ioctl(w->fd, METERBUS_IOC_XFER, &xfer));
	return NULL;
}

static void every_100_ms(unsigned int on)
{
	struct sigaction action = {
		.sa_handler = on_alarm, .sa_flags = SA_RESTART,
	};
	struct itimerval often = { { 0, on * 100000 }, { 0, on * 100000 } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

/* Signals go to any thread that does not block them. */
static void start_blocked(pthread_t *thread, void *(*main)(void *), void *arg)
{
	sigset_t all, before;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_create(thread, NULL, main, arg);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

TEST_F(bus, a_wait_is_bounded_however_often_it_is_restarted)
{
	struct waiter w = { .fd = open(self->bus.path, O_RDWR | O_CLOEXEC) };
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	struct meterbus_hold hold = {};
	__u64 begin;

	ASSERT_EQ(0, ioctl(w.fd, METERBUS_IOC_HOLD, &hold));
	xfer.wait_ms = 2000;
	begin = now_ns();
	every_100_ms(1);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(EBUSY, errno);
	every_100_ms(0);
	EXPECT_LE(1900 * MS, now_ns() - begin);
	EXPECT_GE(2100 * MS, now_ns() - begin);

	hold.wait_ms = 1000;
	begin = now_ns();
	every_100_ms(1);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_HOLD, &hold));
	EXPECT_EQ(EBUSY, errno);
	every_100_ms(0);
	EXPECT_GE(1100 * MS, now_ns() - begin);
	close(w.fd);
}

TEST_F(bus, a_restarted_claim_keeps_its_place)
{
	struct waiter w[3] = {};
	struct meterbus_xfer xfer;
	unsigned int i;
	__u64 begin;

	self->bus.far.mute = 1;
	for (i = 0; i < 3; i++) {
		w[i].fd = open(self->bus.path, O_RDWR | O_CLOEXEC);
		start_blocked(&w[i].thread, hog, &w[i]);
	}
	sleep_ms(300);
	every_100_ms(1);
	for (i = 0; i < 5; i++) {
		xfer = NEW_XFER(req_ud2);
		xfer.window_us = 20000;
		begin = now_ns();
		/* What is sent already is not sent again. */
		if (ioctl(self->fd, METERBUS_IOC_XFER, &xfer))
			ASSERT_EQ(EINTR, errno);
		/* Three others at most are before it. */
		EXPECT_GE(1000 * MS, now_ns() - begin);
	}
	every_100_ms(0);
	for (i = 0; i < 3; i++) {
		w[i].what = 1;
		pthread_join(w[i].thread, NULL);
		close(w[i].fd);
	}
}

static void *take_hold(void *arg)
{
	struct meterbus_hold hold = { .wait_ms = 1000 };
	struct waiter *w = arg;

	w->ret = ioctl(w->fd, METERBUS_IOC_HOLD, &hold);
	w->error = errno;
	return NULL;
}

TEST_F(bus, two_threads_of_a_file_do_not_both_get_a_hold)
{
	struct waiter active = { .what = WAIT_XFER }, w[2] = {};
	unsigned int i, got = 0;

	self->bus.far.mute = 1;
	active.fd = open(self->bus.path, O_RDWR | O_CLOEXEC);
	pthread_create(&active.thread, NULL, wait_main, &active);
	sleep_ms(100);
	for (i = 0; i < 2; i++) {
		w[i].fd = self->fd;
		pthread_create(&w[i].thread, NULL, take_hold, &w[i]);
	}
	for (i = 0; i < 2; i++) {
		pthread_join(w[i].thread, NULL);
		got += !w[i].ret;
		EXPECT_TRUE(!w[i].ret || w[i].error == EALREADY);
	}
	EXPECT_EQ(1, got);
	pthread_join(active.thread, NULL);
	close(active.fd);
	EXPECT_EQ(0, ioctl(self->fd, METERBUS_IOC_RELEASE));
}

TEST_HARNESS_MAIN
