// SPDX-License-Identifier: GPL-2.0-only
/*
 * The uAPI of /dev/mbusN as its users see it. The tty is a pty; its master
 * side plays the meters, in virtual time, so waiting costs nothing.
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

TEST_F(bus, a_transaction_is_one_call)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);

	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
	EXPECT_EQ(METERBUS_REASON_NONE, xfer.reason);
	EXPECT_EQ(1, xfer.tries);
	ASSERT_EQ(sizeof(answer), xfer.answer_len);
	EXPECT_EQ(0, memcmp(answer, answer_buf, sizeof(answer)));
	EXPECT_LT(xfer.sent_ns, xfer.sent_end_ns);
	EXPECT_LE(xfer.first_ns, xfer.last_ns);
	/* 5 characters of 11 bits at 2400 baud. */
	EXPECT_EQ(22916, (xfer.sent_end_ns - xfer.sent_ns) / 1000);

	xfer = NEW_XFER(snd_nke);
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(METERBUS_OUTCOME_ACK, xfer.outcome);
	ASSERT_EQ(1, xfer.answer_len);
	EXPECT_EQ(0xe5, answer_buf[0]);
}

TEST_F(bus, the_guard_is_kept_between_transactions)
{
	struct meterbus_xfer first = NEW_XFER(req_ud2), second = first;

	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &first));
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &second));
	EXPECT_GE(second.sent_ns - first.last_ns, 60 * MS);

	second = NEW_XFER(req_ud2);
	second.guard_us = 300000;
	first = NEW_XFER(req_ud2);
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &first));
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &second));
	EXPECT_GE(second.sent_ns - first.last_ns, 300 * MS);
}

TEST_F(bus, silence_is_an_outcome_and_no_error)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);

	self->bus.far.mute = 1;
	xfer.repeats = METERBUS_REPEATS_BUS;
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(METERBUS_OUTCOME_SILENCE, xfer.outcome);
	EXPECT_EQ(3, xfer.tries);
	EXPECT_EQ(0, xfer.answer_len);
	EXPECT_EQ(0, xfer.first_ns);

	xfer = NEW_XFER(broadcast);
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(METERBUS_OUTCOME_SILENCE, xfer.outcome);
	EXPECT_EQ(1, xfer.tries);
}

TEST_F(bus, an_answer_larger_than_the_buffer_is_cut_and_says_so)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);

	memset(answer_buf, 0xaa, sizeof(answer_buf));
	xfer.answer_size = 4;
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(sizeof(answer), xfer.answer_len);
	EXPECT_EQ(0, memcmp(answer, answer_buf, 4));
	EXPECT_EQ(0xaa, answer_buf[4]);
}

TEST_F(bus, what_makes_no_sense_is_refused)
{
	struct meterbus_xfer good = NEW_XFER(req_ud2), xfer;
	struct meterbus_hold hold = { .limit_ms = METERBUS_HOLD_MAX_MS + 1 };
	__u32 mode = 2;
	__u8 bad[METERBUS_FRAME_MAX + 1] = { 0x10, 0x5b, 0xfd, 0x59, 0x16 };

#define REFUSED(change, error) do {					\
	xfer = good;							\
	change;								\
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));		\
	EXPECT_EQ(error, errno) TH_LOG("%s", #change);			\
} while (0)

	REFUSED(xfer.reserved[0] = 1, EINVAL);
	REFUSED(xfer.reserved[6] = 1, EINVAL);
	REFUSED(xfer.reserved2[0] = 1, EINVAL);
	REFUSED(xfer.reserved2[4] = 1, EINVAL);
	REFUSED(xfer.options = 2, EINVAL);
	REFUSED(xfer.options = 1U << 31, EINVAL);
	REFUSED(xfer.wait_ms = METERBUS_WAIT_MAX_MS + 1, EINVAL);
	REFUSED(xfer.repeats = METERBUS_REPEATS_MAX + 1, EINVAL);
	REFUSED(xfer.guard_us = METERBUS_TIME_MAX_US + 1, EINVAL);
	REFUSED(xfer.window_us = METERBUS_TIME_MAX_US + 1, EINVAL);
	REFUSED(xfer.request_len = 4, EINVAL);
	REFUSED(xfer.request_len = 0, EINVAL);
	REFUSED(xfer.request_len = METERBUS_FRAME_MAX + 1, EINVAL);
	REFUSED(xfer.request = (__u64)(uintptr_t)bad, EINVAL);
	REFUSED(xfer.request = 0, EFAULT);
	REFUSED(xfer.answer = 0, EFAULT);

	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_XFER, NULL));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_HOLD, &hold));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_SET_MODE, &mode));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, ioctl(self->fd, _IO(METERBUS_IOC_MAGIC, 0x7f)));
	EXPECT_EQ(ENOTTY, errno);

	EXPECT_EQ(-1, write(self->fd, bad, 5));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(self->fd, "", 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, write(self->fd, bad, sizeof(bad)));
	EXPECT_EQ(EMSGSIZE, errno);
}

TEST_F(bus, a_reader_may_not_drive_the_bus)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	struct meterbus_hold hold = {};
	int fd = open(self->bus.path, O_RDONLY | O_CLOEXEC);
	__u64 features = 0;

	ASSERT_GE(fd, 0);
	EXPECT_EQ(0, ioctl(fd, METERBUS_IOC_GET_FEATURES, &features));
	EXPECT_EQ(METERBUS_FEATURE_SUBMIT | METERBUS_FEATURE_NOWAIT, features);
	EXPECT_EQ(-1, ioctl(fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(EPERM, errno);
	EXPECT_EQ(-1, ioctl(fd, METERBUS_IOC_HOLD, &hold));
	EXPECT_EQ(EPERM, errno);
	close(fd);
}

TEST_F(bus, a_plain_read_is_one_frame_and_not_ones_own)
{
	__u8 buf[METERBUS_FRAME_MAX];
	int other = open(self->bus.path, O_RDONLY | O_CLOEXEC);

	ASSERT_GE(other, 0);
	ASSERT_EQ(sizeof(req_ud2), write(self->fd, req_ud2, sizeof(req_ud2)));
	ASSERT_EQ(sizeof(answer), read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(answer, buf, sizeof(answer)));

	/* Other readers see both. */
	ASSERT_EQ(sizeof(req_ud2), read(other, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(req_ud2, buf, sizeof(req_ud2)));
	/* A buffer too small loses nothing. */
	EXPECT_EQ(-1, read(other, buf, sizeof(answer) - 1));
	EXPECT_EQ(EMSGSIZE, errno);
	ASSERT_EQ(sizeof(answer), read(other, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(answer, buf, sizeof(answer)));
	close(other);
}

TEST_F(bus, records_tell_all_that_happened)
{
	struct {
		struct meterbus_bus_record head;
		__u8 data[METERBUS_DATA_MAX];
	} r;
	__u32 mode = METERBUS_MODE_RECORD, seq;
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);

	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_SET_MODE, &mode));
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	ASSERT_EQ(3, write(self->bus.far.master, "\x55\x00\x55", 3));

	ASSERT_EQ(sizeof(r.head) + 5, read(self->fd, &r, sizeof(r)));
	EXPECT_EQ(METERBUS_KIND_FRAME, r.head.kind);
	EXPECT_EQ(METERBUS_DIRECTION_SENT, r.head.direction);
	EXPECT_EQ(METERBUS_FLAG_OWN, r.head.flags);
	EXPECT_EQ(1, r.head.tries);
	EXPECT_EQ(xfer.sent_ns, r.head.first_ns);
	EXPECT_EQ(xfer.sent_end_ns, r.head.last_ns);
	seq = r.head.seq;

	ASSERT_EQ(sizeof(r.head) + sizeof(answer),
		  read(self->fd, &r, sizeof(r)));
	EXPECT_EQ(METERBUS_KIND_FRAME, r.head.kind);
	EXPECT_EQ(METERBUS_DIRECTION_RECEIVED, r.head.direction);
	EXPECT_EQ(0, r.head.flags);
	EXPECT_EQ(xfer.first_ns, r.head.first_ns);
	EXPECT_EQ(seq + 1, r.head.seq);

	ASSERT_EQ(sizeof(r.head) + 5, read(self->fd, &r, sizeof(r)));
	EXPECT_EQ(METERBUS_KIND_OUTCOME, r.head.kind);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, r.head.outcome);

	ASSERT_EQ(sizeof(r.head) + 3, read(self->fd, &r, sizeof(r)));
	EXPECT_EQ(METERBUS_KIND_FINDING, r.head.kind);
	EXPECT_EQ(METERBUS_REASON_NOISE, r.head.reason);
	EXPECT_EQ(METERBUS_FLAG_UNASKED, r.head.flags);
	EXPECT_EQ(0, memcmp(r.data, "\x55\x00\x55", 3));
	EXPECT_EQ(0, r.head.lost);
}

TEST_F_TIMEOUT(bus, a_slow_reader_loses_the_oldest_and_learns_how_many, 300)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	__u32 mode = METERBUS_MODE_RECORD;
	struct {
		struct meterbus_bus_record head;
		__u8 data[METERBUS_DATA_MAX];
	} r;
	unsigned int i, rounds = 400;
	int other = open(self->bus.path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	__u32 lost, got = 0;

	ASSERT_EQ(0, ioctl(other, METERBUS_IOC_SET_MODE, &mode));
	for (i = 0; i < rounds; i++) {
		ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
		xfer = NEW_XFER(req_ud2);
	}
	ASSERT_LT(0, read(other, &r, sizeof(r)));
	lost = r.head.lost;
	EXPECT_LT(0, lost);
	EXPECT_EQ(lost, r.head.seq);
	do {
		got++;
		EXPECT_EQ(lost + got - 1, r.head.seq);
	} while (read(other, &r, sizeof(r)) > 0);
	EXPECT_EQ(EAGAIN, errno);
	EXPECT_EQ(3 * rounds, lost + got);
	EXPECT_LE(lost, info_of(self->bus.number).records_lost);
	close(other);
}

TEST_F(bus, nonblocking_calls_do_not_block_and_poll_tells_when)
{
	struct pollfd pfd = { .events = POLLIN | POLLOUT };
	__u8 buf[METERBUS_FRAME_MAX];
	int fd = open(self->bus.path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	ASSERT_GE(fd, 0);
	pfd.fd = fd;
	EXPECT_EQ(-1, read(fd, buf, sizeof(buf)));
	EXPECT_EQ(EAGAIN, errno);
	ASSERT_EQ(1, poll(&pfd, 1, 0));
	EXPECT_EQ(POLLOUT, pfd.revents);

	ASSERT_EQ(sizeof(req_ud2), write(fd, req_ud2, sizeof(req_ud2)));
	EXPECT_EQ(0, poll(&pfd, 1, 0));
	EXPECT_EQ(-1, write(fd, req_ud2, sizeof(req_ud2)));
	EXPECT_EQ(EAGAIN, errno);
	pfd.events = POLLIN;
	ASSERT_EQ(1, poll(&pfd, 1, 1000));
	EXPECT_EQ(POLLIN, pfd.revents);
	EXPECT_EQ(sizeof(answer), read(fd, buf, sizeof(buf)));
	close(fd);
}

TEST_F(bus, a_frame_written_before_close_is_still_sent)
{
	__u8 buf[METERBUS_FRAME_MAX];
	int fd = open(self->bus.path, O_WRONLY | O_CLOEXEC);

	ASSERT_EQ(sizeof(req_ud2), write(fd, req_ud2, sizeof(req_ud2)));
	close(fd);
	ASSERT_EQ(sizeof(req_ud2), read(self->fd, buf, sizeof(buf)));
	ASSERT_EQ(sizeof(answer), read(self->fd, buf, sizeof(buf)));
}

TEST_F(bus, a_hold_keeps_others_out_until_released)
{
	struct meterbus_hold hold = {};
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	int other = open(self->bus.path, O_RDWR | O_CLOEXEC);

	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_RELEASE));
	EXPECT_EQ(EPERM, errno);
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_HOLD, &hold));
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_HOLD, &hold));
	EXPECT_EQ(EALREADY, errno);

	xfer.wait_ms = 500;
	EXPECT_EQ(-1, ioctl(other, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(EBUSY, errno);
	hold.wait_ms = 500;
	EXPECT_EQ(-1, ioctl(other, METERBUS_IOC_HOLD, &hold));
	EXPECT_EQ(EBUSY, errno);
	xfer = NEW_XFER(req_ud2);
	EXPECT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(0, ioctl(self->fd, METERBUS_IOC_RELEASE));
	xfer = NEW_XFER(req_ud2);
	EXPECT_EQ(0, ioctl(other, METERBUS_IOC_XFER, &xfer));
	close(other);
}

TEST_F(bus, closing_the_file_releases_its_hold)
{
	struct meterbus_hold hold = {};
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	int other = open(self->bus.path, O_RDWR | O_CLOEXEC);

	ASSERT_EQ(0, ioctl(other, METERBUS_IOC_HOLD, &hold));
	close(other);
	xfer.wait_ms = 1;
	EXPECT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
}

TEST_F(bus, a_hold_ends_by_itself_and_the_file_learns_of_it)
{
	struct meterbus_hold hold = { .limit_ms = 1000 };
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	int other = open(self->bus.path, O_RDWR | O_CLOEXEC);
	__u64 begin = now_ns();

	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_HOLD, &hold));
	EXPECT_EQ(0, ioctl(other, METERBUS_IOC_XFER, &xfer));
	EXPECT_GE(xfer.sent_ns, begin + 1000 * MS);
	EXPECT_LE(xfer.sent_ns, begin + 1200 * MS);
	xfer = NEW_XFER(req_ud2);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(ESTALE, errno);
	EXPECT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	close(other);
}

struct contender {
	pthread_t thread;
	const char *path;
	unsigned int rounds;
	__u64 sent[20];
};

static void *contend(void *arg)
{
	struct contender *c = arg;
	__u8 buf[METERBUS_DATA_MAX];
	int fd = open(c->path, O_RDWR | O_CLOEXEC);

	for (c->rounds = 0; c->rounds < 20; c->rounds++) {
		struct meterbus_xfer xfer = NEW_XFER(req_ud2);

		xfer.answer = (__u64)(uintptr_t)buf;
		if (ioctl(fd, METERBUS_IOC_XFER, &xfer) ||
		    xfer.outcome != METERBUS_OUTCOME_FRAME)
			break;
		c->sent[c->rounds] = xfer.sent_ns;
	}
	close(fd);
	return NULL;
}

TEST_F(bus, users_take_turns)
{
	struct contender c[3] = {};
	unsigned int i, k;

	for (i = 0; i < 3; i++) {
		c[i].path = self->bus.path;
		pthread_create(&c[i].thread, NULL, contend, &c[i]);
	}
	for (i = 0; i < 3; i++)
		pthread_join(c[i].thread, NULL);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(20, c[i].rounds);
		/* Nobody is overtaken by a whole round. */
		for (k = 0; k + 1 < 20; k++)
			EXPECT_LT(c[i].sent[k], c[(i + 1) % 3].sent[k + 1]);
	}
}

TEST_F(bus, counters_tell_what_was)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	struct bus_info info;

	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	xfer = NEW_XFER(snd_nke);
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	xfer = NEW_XFER(broadcast);
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	info = info_of(self->bus.number);
	EXPECT_EQ(self->bus.number, info.bus);
	EXPECT_EQ(0, strncmp(info.tty, "pts/", 4));
	EXPECT_EQ(2400, info.baud);
	EXPECT_EQ(3, info.frames_sent);
	EXPECT_EQ(2, info.frames_received);
	EXPECT_EQ(11, info.bytes_received);
	EXPECT_EQ(1, info.outcomes[METERBUS_OUTCOME_FRAME]);
	EXPECT_EQ(1, info.outcomes[METERBUS_OUTCOME_ACK]);
	EXPECT_EQ(1, info.outcomes[METERBUS_OUTCOME_SILENCE]);
	EXPECT_EQ(1, info.clients);
	EXPECT_LT(0, info.delay_min_us);
	EXPECT_LE(info.delay_min_us, info.delay_mean_us);
	EXPECT_LE(info.delay_mean_us, info.delay_max_us);
}

TEST_F(bus, the_baud_rate_follows_the_tty)
{
	struct termios tio;

	tcgetattr(self->bus.tty, &tio);
	cfsetspeed(&tio, B300);
	ASSERT_EQ(0, tcsetattr(self->bus.tty, TCSANOW, &tio));
	EXPECT_EQ(300, info_of(self->bus.number).baud);
}

static void on_alarm(int signal)
{
	(void)signal;
}

TEST_F(bus, a_signal_wakes_a_waiter)
{
	struct sigaction action = { .sa_handler = on_alarm };
	struct itimerval soon = { .it_value = { 0, 100000 } };
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	struct meterbus_hold hold = {};
	int other = open(self->bus.path, O_RDWR | O_CLOEXEC);
	__u8 buf[METERBUS_FRAME_MAX];

	sigaction(SIGALRM, &action, NULL);
	/* Blocked read. */
	setitimer(ITIMER_REAL, &soon, NULL);
	EXPECT_EQ(-1, read(other, buf, sizeof(buf)));
	EXPECT_EQ(EINTR, errno);
	/* Sent already: not restarted, the line goes on. */
	self->bus.far.mute = 1;
	xfer.repeats = METERBUS_REPEATS_BUS;
	setitimer(ITIMER_REAL, &soon, NULL);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(EINTR, errno);
	/* Waiting for another user. */
	ASSERT_EQ(0, ioctl(other, METERBUS_IOC_HOLD, &hold));
	setitimer(ITIMER_REAL, &soon, NULL);
	xfer = NEW_XFER(req_ud2);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(EINTR, errno);
	close(other);
	/* And all is as before. */
	self->bus.far.mute = 0;
	xfer = NEW_XFER(req_ud2);
	EXPECT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
}

TEST_F(bus, unplug_wakes_everyone)
{
	struct pollfd holder = { .fd = self->bus.tty, .events = POLLIN };
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	struct waiter w[WAITERS] = {};
	__u8 buf[METERBUS_FRAME_MAX];
	__u64 features;
	unsigned int i;

	self->bus.far.mute = 1;
	for (i = 0; i < WAITERS; i++) {
		w[i].what = i;
		w[i].fd = open(self->bus.path, O_RDWR | O_CLOEXEC);
		ASSERT_GE(w[i].fd, 0);
	}
	pthread_create(&w[WAIT_XFER].thread, NULL, wait_main, &w[WAIT_XFER]);
	sleep_ms(200);
	for (i = 0; i < WAITERS; i++) {
		if (i != WAIT_XFER)
			pthread_create(&w[i].thread, NULL, wait_main, &w[i]);
	}
	sleep_ms(100);
	EXPECT_EQ(0, poll(&holder, 1, 0));
	unplug(&self->bus.far);

	for (i = 0; i < WAITERS; i++)
		pthread_join(w[i].thread, NULL);
	EXPECT_EQ(0, w[WAIT_READ].ret);
	EXPECT_EQ(0, w[WAIT_XFER].ret);
	EXPECT_EQ(METERBUS_OUTCOME_UNPLUGGED, w[WAIT_XFER].outcome);
	EXPECT_EQ(-1, w[WAIT_HOLD].ret);
	EXPECT_EQ(ENODEV, w[WAIT_HOLD].error);
	EXPECT_EQ(-1, w[WAIT_QUEUED].ret);
	EXPECT_EQ(ENODEV, w[WAIT_QUEUED].error);
	EXPECT_EQ(POLLHUP | POLLERR, w[WAIT_POLL].ret & (POLLHUP | POLLERR));
	/* The holder of the tty sees it, too. */
	EXPECT_EQ(1, poll(&holder, 1, 1000));
	EXPECT_TRUE(holder.revents & POLLHUP);

	/* What is queued can still be read; then it is over. */
	for (i = 0; read(self->fd, buf, sizeof(buf)) == sizeof(req_ud2); i++)
		;
	EXPECT_LT(0, i);
	EXPECT_EQ(0, read(self->fd, buf, sizeof(buf)));
	EXPECT_EQ(-1, write(self->fd, req_ud2, sizeof(req_ud2)));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, ioctl(self->fd, METERBUS_IOC_GET_FEATURES, &features));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-1, access(self->bus.path, F_OK));
	for (i = 0; i < WAITERS; i++)
		close(w[i].fd);
}

static void *take_discipline_away(void *path)
{
	int n_tty = 0, tty = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);

	sleep_ms(100);
	ioctl(tty, TIOCSETD, &n_tty);
	close(tty);
	return NULL;
}

/* Ours is never ready for writing, N_TTY is. */
TEST_F(bus, the_holder_of_the_tty_sees_the_discipline_being_replaced)
{
	struct pollfd holder = { .fd = self->bus.tty, .events = POLLOUT };
	pthread_t other;
	__u32 number;

	ASSERT_EQ(0, pthread_create(&other, NULL, take_discipline_away,
				    ptsname(self->bus.far.master)));
	EXPECT_EQ(1, poll(&holder, 1, 5000));
	EXPECT_EQ(POLLOUT, holder.revents);
	EXPECT_EQ(-1, ioctl(self->bus.tty, METERBUS_IOC_GET_BUS, &number));
	pthread_join(other, NULL);
}

TEST_F(bus, a_number_is_free_again_only_when_the_last_file_is_closed)
{
	int master, tty;
	__u32 number;

	unplug(&self->bus.far);
	while (!access(self->bus.path, F_OK))
		sleep_ms(1);
	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	grantpt(master);
	unlockpt(master);
	tty = attach(ptsname(master), &number);
	ASSERT_GE(tty, 0);
	EXPECT_NE(self->bus.number, number);
	close(tty);
	close(master);
	close(self->fd);

	master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	grantpt(master);
	unlockpt(master);
	tty = attach(ptsname(master), &number);
	ASSERT_GE(tty, 0);
	EXPECT_EQ(self->bus.number, number);
	close(tty);
	close(master);
	self->fd = -1;
}

TEST_F(bus, attaching_needs_cap_net_admin)
{
	int status, master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int ldisc = N_DEVELOPMENT, tty;
	pid_t pid;

	grantpt(master);
	unlockpt(master);
	tty = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_GE(tty, 0);
	pid = fork();
	if (!pid) {
		if (setuid(65534))
			_exit(100);
		_exit(ioctl(tty, TIOCSETD, &ldisc) ? errno : 0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(EPERM, WEXITSTATUS(status));
	close(tty);
	close(master);
}

TEST_F(bus, the_module_stays_while_a_tty_is_attached)
{
	EXPECT_EQ(-1, syscall(SYS_delete_module, "mbus", O_NONBLOCK));
	EXPECT_TRUE(errno == EBUSY || errno == EAGAIN);
}

TEST_F(bus, the_tty_itself_can_not_be_read_or_written)
{
	char byte;

	EXPECT_EQ(-1, read(self->bus.tty, &byte, 1));
	EXPECT_EQ(EIO, errno);
	EXPECT_EQ(-1, write(self->bus.tty, "x", 1));
	EXPECT_EQ(EIO, errno);
}

TEST_HARNESS_MAIN
