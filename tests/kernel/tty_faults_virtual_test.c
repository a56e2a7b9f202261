// SPDX-License-Identifier: GPL-2.0-only
/*
 * A bus on a tty that misbehaves (tests/kernel/tty_sim): errors on the wire,
 * writes that take a part, nothing, too much or too long, wakeups that are
 * lost, late or unasked for, and ports that go away at any moment.
 */
#include <sys/stat.h>

#include "kselftest_harness.h"
#include "pty_bus.h"
#include "tty_sim/tty_sim.h"

#define TESTED	"/dev/ttyMBT0"
#define FAR	"/dev/ttyMBF0"

static int load(const char *variable, const char *module)
{
	const char *path = getenv(variable);
	int fd, ret;

	if (!access(module, F_OK))
		return 0;
	fd = open(path ? path : "", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = syscall(SYS_finit_module, fd, "", 0);
	close(fd);
	return ret;
}

/* Answers each request 40 ms after its last byte. */
struct meter {
	pthread_t thread;
	int far;
	unsigned int requests;
	unsigned int received;	/* bytes */
	struct tty_sim_bytes answer;
	struct tty_sim_bytes next;	/* from the second request on, if any */
};

static void *meter_main(void *arg)
{
	struct meter *meter = arg;
	unsigned int have = 0;
	__u8 buf[512];
	ssize_t n;

	while ((n = read(meter->far, buf, sizeof(buf))) > 0) {
		meter->received += n;
		have += n;
		if (have < sizeof(req_ud2))
			continue;
		have = 0;
		meter->requests++;
		sleep_ms(40);
		if (meter->answer.count)
			ioctl(meter->far, TTY_SIM_IOC_SEND, &meter->answer);
		if (meter->next.count)
			meter->answer = meter->next;
	}
	return NULL;
}

FIXTURE(port)
{
	struct meter meter;
	struct tty_sim_settings settings;
	int tty;
	int fd;
	int records;
	__u32 number;
};

static int open_bus(FIXTURE_DATA(port) *self)
{
	__u32 mode = METERBUS_MODE_RECORD;
	char path[32];

	snprintf(path, sizeof(path), "/dev/mbus%u", self->number);
	self->fd = open(path, O_RDWR | O_CLOEXEC);
	self->records = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	return ioctl(self->records, METERBUS_IOC_SET_MODE, &mode);
}

static int attach_port(FIXTURE_DATA(port) *self)
{
	self->tty = attach(TESTED, &self->number);
	return self->tty < 0 ? -1 : open_bus(self);
}

static void detach_port(FIXTURE_DATA(port) *self)
{
	close(self->records);
	close(self->fd);
	close(self->tty);
}

FIXTURE_SETUP(port)
{
	memset(self, 0, sizeof(*self));
	ASSERT_EQ(0, load("MBUS_KO", "/sys/module/mbus"));
	ASSERT_EQ(0, load("MBUS_TEST_TTY_KO", "/sys/module/mbus_test_tty"));
	self->meter.far = open(FAR, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_LE(0, self->meter.far);
	ASSERT_EQ(0, ioctl(self->meter.far, TTY_SIM_IOC_SET, &self->settings));
	ASSERT_EQ(0, attach_port(self));
	self->meter.answer.count = sizeof(answer);
	memcpy(self->meter.answer.bytes, answer, sizeof(answer));
	ASSERT_EQ(0, pthread_create(&self->meter.thread, NULL, meter_main,
				    &self->meter));
}

/* Whatever a test did: nothing is left, the module unloads. */
FIXTURE_TEARDOWN(port)
{
	detach_port(self);
	pthread_cancel(self->meter.thread);
	pthread_join(self->meter.thread, NULL);
	close(self->meter.far);
	EXPECT_EQ(0, syscall(SYS_delete_module, "mbus", O_NONBLOCK));
}

static void set(FIXTURE_DATA(port) *self)
{
	if (ioctl(self->meter.far, TTY_SIM_IOC_SET, &self->settings))
		abort();
}

/* Errors are reported from the next open on. */
static int reattach(FIXTURE_DATA(port) *self)
{
	set(self);
	detach_port(self);
	return attach_port(self);
}

static void answer_is(FIXTURE_DATA(port) *self, const void *bytes,
		      unsigned int count)
{
	memset(&self->meter.answer, 0, sizeof(self->meter.answer));
	memcpy(self->meter.answer.bytes, bytes, count);
	self->meter.answer.count = count;
}

static struct meterbus_xfer ask(FIXTURE_DATA(port) *self)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);

	if (ioctl(self->fd, METERBUS_IOC_XFER, &xfer))
		xfer.reserved2[0] = errno;
	return xfer;
}

/* Flags of the received records so far. */
static __u32 record_flags(FIXTURE_DATA(port) *self)
{
	struct {
		struct meterbus_bus_record head;
		__u8 data[METERBUS_DATA_MAX];
	} r;
	__u32 flags = 0;

	while (read(self->records, &r, sizeof(r)) > 0) {
		if (r.head.direction == METERBUS_DIRECTION_RECEIVED)
			flags |= r.head.flags;
	}
	return flags;
}

TEST_F(port, a_healthy_one_brings_a_frame_at_the_pace_of_the_wire)
{
	struct meterbus_xfer xfer = ask(self);

	ASSERT_EQ(0, xfer.reserved2[0]);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
	EXPECT_EQ(0, xfer.flags);
	EXPECT_EQ(5, self->meter.received);
	/* 40 ms, one character until the first byte, nine until the last. */
	EXPECT_LE(44 * MS, xfer.first_ns - xfer.sent_end_ns);
	EXPECT_GE(60 * MS, xfer.first_ns - xfer.sent_end_ns);
	EXPECT_LE(41 * MS, xfer.last_ns - xfer.first_ns);
	EXPECT_GE(44 * MS, xfer.last_ns - xfer.first_ns);
}

TEST_F(port, errors_at_a_byte_come_with_the_record)
{
	static const struct {
		__u8 error;
		__u32 flag;
	} rows[] = {
		{ TTY_SIM_PARITY, METERBUS_FLAG_PARITY },
		{ TTY_SIM_FRAMING, METERBUS_FLAG_FRAMING },
		{ TTY_SIM_OVERRUN, METERBUS_FLAG_OVERRUN },
		{ TTY_SIM_PARITY | TTY_SIM_OVERRUN,
		  METERBUS_FLAG_PARITY | METERBUS_FLAG_OVERRUN },
	};
	struct meterbus_xfer xfer;
	unsigned int i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		answer_is(self, answer, sizeof(answer));
		self->meter.answer.errors[4] = rows[i].error;
		xfer = ask(self);
		EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
		EXPECT_EQ(rows[i].flag, xfer.flags);
		EXPECT_EQ(rows[i].flag, record_flags(self));
	}
}

TEST_F(port, an_e5_with_a_parity_error_is_a_collision)
{
	struct meterbus_xfer xfer;

	answer_is(self, "\xe5", 1);
	xfer = ask(self);
	EXPECT_EQ(METERBUS_OUTCOME_ACK, xfer.outcome);
	self->meter.answer.errors[0] = TTY_SIM_PARITY;
	xfer = ask(self);
	EXPECT_EQ(METERBUS_OUTCOME_COLLISION, xfer.outcome);
	EXPECT_EQ(METERBUS_REASON_PARITY, xfer.reason);
	EXPECT_EQ(METERBUS_FLAG_PARITY, record_flags(self));
}

TEST_F(port, a_break_is_a_collision)
{
	struct meterbus_xfer xfer;

	answer_is(self, "\0", 1);
	self->meter.answer.errors[0] = TTY_SIM_BREAK;
	xfer = ask(self);
	EXPECT_EQ(METERBUS_OUTCOME_COLLISION, xfer.outcome);
	EXPECT_EQ(METERBUS_REASON_BREAK, xfer.reason);
	EXPECT_EQ(METERBUS_FLAG_BREAK, xfer.flags);
	EXPECT_EQ(1, info_of(self->number).errors[METERBUS_ERROR_BREAK]);
}

TEST_F(port, errors_that_are_only_counted_count)
{
	struct meterbus_xfer xfer;

	self->settings.errors = TTY_SIM_ERRORS_COUNTS;
	ASSERT_EQ(0, reattach(self));
	answer_is(self, "\xe5", 1);
	self->meter.answer.errors[0] = TTY_SIM_PARITY;
	xfer = ask(self);
	EXPECT_EQ(METERBUS_OUTCOME_COLLISION, xfer.outcome);
	EXPECT_EQ(METERBUS_REASON_PARITY, xfer.reason);

	/* And no longer than they happen. */
	answer_is(self, "\xe5", 1);
	xfer = ask(self);
	EXPECT_EQ(METERBUS_OUTCOME_ACK, xfer.outcome);
	EXPECT_EQ(0, xfer.flags);

	answer_is(self, answer, sizeof(answer));
	self->meter.answer.errors[3] = TTY_SIM_OVERRUN;
	xfer = ask(self);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
	EXPECT_EQ(METERBUS_FLAG_OVERRUN, xfer.flags);
}

TEST_F(port, errors_reported_twice_count_once)
{
	struct meterbus_xfer xfer;

	self->settings.errors = TTY_SIM_ERRORS_BOTH;
	ASSERT_EQ(0, reattach(self));
	self->meter.answer.errors[3] = TTY_SIM_PARITY;
	xfer = ask(self);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
	EXPECT_EQ(METERBUS_FLAG_PARITY, xfer.flags);
	EXPECT_EQ(1, info_of(self->number).errors[METERBUS_ERROR_PARITY]);
}

TEST_F(port, an_answer_may_come_in_one_chunk)
{
	struct meterbus_xfer xfer;

	self->settings.chunk = 64;
	set(self);
	xfer = ask(self);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
	EXPECT_EQ(xfer.first_ns, xfer.last_ns);
}

TEST_F(port, an_echo_is_removed_and_a_differing_one_is_found)
{
	struct meterbus_xfer xfer;

	self->settings.echo = TTY_SIM_ECHO_ON;
	set(self);
	xfer = ask(self);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
	EXPECT_EQ(METERBUS_FLAG_ECHO, xfer.flags);
	EXPECT_EQ(METERBUS_ECHO_PRESENT, info_of(self->number).echo_learnt);

	self->settings.echo = TTY_SIM_ECHO_DIFFERS;
	set(self);
	self->meter.answer.count = 0;
	xfer = ask(self);
	/* A converter may damage the echo: that is no meter. */
	EXPECT_EQ(METERBUS_OUTCOME_ECHO_ONLY, xfer.outcome);
	EXPECT_EQ(1, info_of(self->number).findings[METERBUS_REASON_ECHO]);
}

TEST_F(port, a_write_that_takes_parts_is_continued)
{
	unsigned int part, wakeup;
	struct meterbus_xfer xfer;

	for (wakeup = TTY_SIM_WAKEUP_SENT; wakeup <= TTY_SIM_WAKEUP_INSIDE;
	     wakeup++) {
		if (wakeup == TTY_SIM_WAKEUP_NEVER)
			continue;
		self->settings.wakeup = wakeup;
		self->settings.wakeup_arg = 50;
		for (part = 1; part <= 4; part++) {
			self->settings.write = TTY_SIM_WRITE_PART;
			self->settings.write_arg = part;
			set(self);
			self->meter.received = 0;
			xfer = ask(self);
			EXPECT_EQ(0, xfer.reserved2[0]);
			EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
			EXPECT_EQ(1, xfer.tries);
			EXPECT_EQ(5, self->meter.received);
		}
	}
}

TEST_F(port, a_write_of_zero_is_done_again_at_the_wakeup)
{
	struct tty_sim_wakeups later = { .count = 1, .us = 300000 };
	struct meterbus_xfer xfer;

	self->settings.write = TTY_SIM_WRITE_NONE;
	self->settings.write_calls = 1;
	set(self);
	ASSERT_EQ(0, ioctl(self->meter.far, TTY_SIM_IOC_WAKE, &later));
	xfer = ask(self);
	EXPECT_EQ(0, xfer.reserved2[0]);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
	EXPECT_EQ(5, self->meter.received);
}

/* Each ends as -EIO within its bound, and the next transaction is well. */
TEST_F(port, a_write_that_fails_is_an_error_and_soon)
{
	static const struct {
		const char *what;
		struct tty_sim_settings settings;
		unsigned int ms;
	} rows[] = {
		{ "an error", { .write = TTY_SIM_WRITE_ERROR, .write_arg = EIO,
				.write_calls = 1 }, 100 },
		{ "another error", { .write = TTY_SIM_WRITE_ERROR,
				     .write_arg = ENOSPC,
				     .write_calls = 1 }, 100 },
		{ "zero for ever", { .write = TTY_SIM_WRITE_NONE }, 1300 },
		{ "a part and no wakeup", { .write = TTY_SIM_WRITE_PART,
					    .write_arg = 2,
					    .wakeup = TTY_SIM_WAKEUP_NEVER },
		  1300 },
		{ "a hang", { .write = TTY_SIM_WRITE_HANG, .write_arg = 5000,
			      .write_calls = 1 }, 1300 },
	};
	struct meterbus_xfer xfer;
	unsigned int i;
	__u64 begin;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		self->settings = rows[i].settings;
		set(self);
		begin = now_ns();
		xfer = ask(self);
		EXPECT_EQ(EIO, xfer.reserved2[0]) TH_LOG("%s", rows[i].what);
		EXPECT_GE(rows[i].ms, (now_ns() - begin) / MS)
			TH_LOG("%s", rows[i].what);

		memset(&self->settings, 0, sizeof(self->settings));
		set(self);
		sleep_ms(1000);
		xfer = ask(self);
		EXPECT_EQ(0, xfer.reserved2[0]) TH_LOG("after %s", rows[i].what);
		EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome)
			TH_LOG("after %s", rows[i].what);
	}
}

TEST_F(port, a_write_that_loses_all_is_silence)
{
	struct meterbus_xfer xfer;

	self->settings.write = TTY_SIM_WRITE_LOSE;
	set(self);
	xfer = ask(self);
	EXPECT_EQ(0, xfer.reserved2[0]);
	EXPECT_EQ(METERBUS_OUTCOME_SILENCE, xfer.outcome);
}

TEST_F(port, a_write_that_claims_too_much_does_no_harm)
{
	static const __u32 more[] = { 1, 255, 65531, 65535, 65536, 0x7ffffff0 };
	struct meterbus_xfer xfer;
	unsigned int i;

	for (i = 0; i < sizeof(more) / sizeof(more[0]); i++) {
		self->settings.write = TTY_SIM_WRITE_MORE;
		self->settings.write_arg = more[i];
		set(self);
		self->meter.received = 0;
		xfer = ask(self);
		EXPECT_EQ(0, xfer.reserved2[0]) TH_LOG("%u more", more[i]);
		EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome)
			TH_LOG("%u more", more[i]);
		EXPECT_EQ(5, self->meter.received) TH_LOG("%u more", more[i]);
	}
}

TEST_F(port, spurious_wakeups_do_no_harm)
{
	struct tty_sim_wakeups many = { .count = 5000, .us = 100 };
	struct tty_sim_info info, before;
	struct meterbus_xfer xfer;

	self->settings.write = TTY_SIM_WRITE_PART;
	self->settings.write_arg = 1;
	set(self);
	ASSERT_EQ(0, ioctl(self->meter.far, TTY_SIM_IOC_GET_INFO, &before));
	ASSERT_EQ(0, ioctl(self->meter.far, TTY_SIM_IOC_WAKE, &many));
	xfer = ask(self);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
	EXPECT_EQ(1, xfer.tries);
	EXPECT_EQ(5, self->meter.received);
	ASSERT_EQ(0, ioctl(self->meter.far, TTY_SIM_IOC_GET_INFO, &info));
	EXPECT_EQ(5, info.writes - before.writes);
}

TEST_F(port, half_a_frame_of_before_is_not_sent_with_the_next)
{
	struct meterbus_xfer xfer;

	self->settings.write = TTY_SIM_WRITE_PART;
	self->settings.write_arg = 3;
	self->settings.wakeup = TTY_SIM_WAKEUP_NEVER;
	set(self);
	xfer = ask(self);
	EXPECT_EQ(EIO, xfer.reserved2[0]);
	EXPECT_EQ(3, self->meter.received);
	memset(&self->settings, 0, sizeof(self->settings));
	set(self);
	ioctl(self->fd, METERBUS_IOC_XFER, &xfer);
	self->meter.received = 0;
	xfer = ask(self);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
	EXPECT_EQ(5, self->meter.received);
}

TEST_F(port, the_carrier_is_lost_in_every_state)
{
	struct waiter w = { .what = WAIT_XFER };
	unsigned int ms;

	/* Guard, sending, window, answer, and what lies between them. */
	for (ms = 0; ms < 200; ms += 7) {
		w.fd = self->fd;
		ASSERT_EQ(0, pthread_create(&w.thread, NULL, wait_main, &w));
		sleep_ms(ms);
		ASSERT_EQ(0, ioctl(self->meter.far, TTY_SIM_IOC_HANGUP));
		pthread_join(w.thread, NULL);
		EXPECT_TRUE((!w.ret && (w.outcome == METERBUS_OUTCOME_UNPLUGGED ||
					w.outcome == METERBUS_OUTCOME_FRAME)) ||
			    w.error == ENODEV)
			TH_LOG("%u ms: %ld %d %u", ms, w.ret, w.error,
			       w.outcome);
		detach_port(self);
		ASSERT_EQ(0, attach_port(self));
	}
}

TEST_F(port, the_port_vanishes_in_every_state_and_comes_back)
{
	struct waiter w = { .what = WAIT_XFER };
	struct stat st;
	unsigned int ms;

	for (ms = 0; ms < 200; ms += 13) {
		w.fd = self->fd;
		ASSERT_EQ(0, pthread_create(&w.thread, NULL, wait_main, &w));
		sleep_ms(ms);
		ASSERT_EQ(0, ioctl(self->meter.far, TTY_SIM_IOC_UNPLUG));
		pthread_join(w.thread, NULL);
		EXPECT_TRUE(!w.ret || w.error == ENODEV);
		EXPECT_EQ(-1, stat(TESTED, &st));
		detach_port(self);
		ASSERT_EQ(0, ioctl(self->meter.far, TTY_SIM_IOC_PLUG));
		ASSERT_EQ(0, attach_port(self));
	}
}

/* The bus must not lie in the directory of a device that goes before it. */
TEST_F(port, a_uart_may_be_unbound_in_every_state)
{
	struct waiter w = { .what = WAIT_XFER };
	char link[64], target[256];
	unsigned int ms;
	ssize_t len;

	snprintf(link, sizeof(link), "/sys/class/mbus/mbus%u", self->number);
	len = readlink(link, target, sizeof(target) - 1);
	ASSERT_LT(0, len);
	target[len] = '\0';
	EXPECT_NE(NULL, strstr(target, "/virtual/mbus/")) TH_LOG("%s", target);
	for (ms = 0; ms < 200; ms += 13) {
		w.fd = self->fd;
		ASSERT_EQ(0, pthread_create(&w.thread, NULL, wait_main, &w));
		sleep_ms(ms);
		ASSERT_EQ(0, ioctl(self->meter.far, TTY_SIM_IOC_UNBIND));
		pthread_join(w.thread, NULL);
		EXPECT_TRUE(!w.ret || w.error == ENODEV);
		detach_port(self);
		ASSERT_EQ(0, ioctl(self->meter.far, TTY_SIM_IOC_PLUG));
		ASSERT_EQ(0, attach_port(self));
	}
}

static int set_baud(FIXTURE_DATA(port) *self, unsigned int baud)
{
	return set_value(self->number, METERBUS_A_BUS_BAUD, baud);
}

TEST_F(port, a_rate_that_is_refused_is_undone)
{
	struct meterbus_xfer xfer;
	struct termios tio;

	self->settings.baud_min = 300;
	set(self);
	EXPECT_EQ(0, set_baud(self, 100));
	sleep_ms(10);
	EXPECT_EQ(2400, info_of(self->number).baud);
	EXPECT_EQ(100, info_of(self->number).baud_refused);
	tcgetattr(self->tty, &tio);
	EXPECT_EQ(B2400, cfgetospeed(&tio));
	xfer = ask(self);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
	EXPECT_EQ(0, set_baud(self, 4800));
	sleep_ms(10);
	EXPECT_EQ(4800, info_of(self->number).baud);
	EXPECT_EQ(0, info_of(self->number).baud_refused);
}

TEST_F(port, a_tty_stopped_by_tcflow_sends_again)
{
	int n_tty = 0, ldisc = N_DEVELOPMENT;
	struct meterbus_xfer xfer;

	close(self->fd);
	close(self->records);
	ASSERT_EQ(0, ioctl(self->tty, TIOCSETD, &n_tty));
	ASSERT_EQ(0, tcflow(self->tty, TCOOFF));
	ASSERT_EQ(0, ioctl(self->tty, TIOCSETD, &ldisc));
	ASSERT_EQ(0, ioctl(self->tty, METERBUS_IOC_GET_BUS, &self->number));
	ASSERT_EQ(0, open_bus(self));
	xfer = ask(self);
	EXPECT_EQ(0, xfer.reserved2[0]);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
}

TEST_F(port, a_tty_that_hangs_in_write_may_vanish)
{
	struct waiter w = { .what = WAIT_XFER, .fd = self->fd };
	struct tty_sim_info info = {};
	__u64 begin;

	self->settings.write = TTY_SIM_WRITE_HANG;
	self->settings.write_arg = 3600000;
	set(self);
	ASSERT_EQ(0, pthread_create(&w.thread, NULL, wait_main, &w));
	while (!info.hanging) {
		sleep_ms(10);
		ioctl(self->meter.far, TTY_SIM_IOC_GET_INFO, &info);
	}
	begin = now_ns();
	ASSERT_EQ(0, ioctl(self->meter.far, TTY_SIM_IOC_UNPLUG));
	pthread_join(w.thread, NULL);
	EXPECT_EQ(0, w.ret);
	EXPECT_EQ(METERBUS_OUTCOME_UNPLUGGED, w.outcome);
	EXPECT_GE(1000, (now_ns() - begin) / MS);
	ASSERT_EQ(0, ioctl(self->meter.far, TTY_SIM_IOC_PLUG));
}

/*
 * What a terminal before us did to the port: the bytes come in while nobody
 * reads them, and XOFF means something.
 */
static void use_as_terminal(FIXTURE_DATA(port) *self, __u8 byte,
			    unsigned int count)
{
	int ldisc = N_DEVELOPMENT;
	struct termios tio;
	__u8 bytes[64];

	detach_port(self);
	self->tty = open(TESTED, O_RDWR | O_NOCTTY | O_CLOEXEC);
	tcgetattr(self->tty, &tio);
	cfmakeraw(&tio);
	cfsetspeed(&tio, B38400);
	tio.c_iflag |= IXON;
	tcsetattr(self->tty, TCSANOW, &tio);
	memset(bytes, byte, sizeof(bytes));
	for (; count > sizeof(bytes); count -= sizeof(bytes)) {
		if (write(self->meter.far, bytes, sizeof(bytes)) < 0)
			abort();
		sleep_ms(sizeof(bytes));
	}
	if (write(self->meter.far, bytes, count) < 0)
		abort();
	sleep_ms(100);
	if (ioctl(self->tty, TIOCSETD, &ldisc) ||
	    ioctl(self->tty, METERBUS_IOC_GET_BUS, &self->number) ||
	    open_bus(self))
		abort();
}

TEST_F(port, a_tty_stopped_by_a_terminal_sends_again)
{
	struct meterbus_xfer xfer;

	use_as_terminal(self, 0x13, 1);
	xfer = ask(self);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
}

TEST_F(port, a_tty_throttled_by_a_terminal_is_read_again)
{
	struct meterbus_xfer xfer;

	use_as_terminal(self, 0x55, 5000);
	sleep_ms(2000);
	xfer = ask(self);
	EXPECT_EQ(METERBUS_OUTCOME_FRAME, xfer.outcome);
}

TEST_F(port, a_tty_that_cannot_write_is_refused)
{
	int tty, ldisc = N_DEVELOPMENT;

	self->settings.no_write = 1;
	EXPECT_EQ(-1, reattach(self));
	tty = open(TESTED, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_LE(0, tty);
	EXPECT_EQ(-1, ioctl(tty, TIOCSETD, &ldisc));
	EXPECT_EQ(EOPNOTSUPP, errno);
	close(tty);
	self->settings.no_write = 0;
	set(self);
	ASSERT_EQ(0, attach_port(self));
}

TEST_F(port, the_master_of_a_pty_is_refused)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
	int ldisc = N_DEVELOPMENT;

	ASSERT_LE(0, master);
	EXPECT_EQ(-1, ioctl(master, TIOCSETD, &ldisc));
	EXPECT_EQ(EOPNOTSUPP, errno);
	close(master);
}

TEST_HARNESS_MAIN
