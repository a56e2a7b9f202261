// SPDX-License-Identifier: GPL-2.0-only
/*
 * The generic netlink family "meterbus": what it reports, sets, refuses and
 * notifies.
 */
#include <sys/wait.h>

#include "kselftest_harness.h"
#include "pty_bus.h"

FIXTURE(bus)
{
	struct pty_bus bus;
	struct bus_info info;
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

TEST_F(bus, get_reports_settings_and_counters)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	const struct bus_info *info = &self->info;

	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	xfer = NEW_XFER(broadcast);
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	ASSERT_EQ(3, write(self->bus.far.master, "\x55\x55\x55", 3));
	sleep_ms(200);

	self->info = info_of(self->bus.number);
	EXPECT_EQ(self->bus.number, info->bus);
	EXPECT_EQ(0, strncmp(info->tty, "pts/", 4));
	EXPECT_EQ(1, info->clients);
	EXPECT_EQ(1, info->outcomes[METERBUS_OUTCOME_FRAME]);
	EXPECT_EQ(1, info->outcomes[METERBUS_OUTCOME_SILENCE]);
	EXPECT_EQ(1, info->findings[METERBUS_REASON_NOISE]);
	EXPECT_EQ(60000, info->guard_us);
	EXPECT_EQ(20000, info->slack_us);
	EXPECT_EQ(100000, info->gap_us);
	EXPECT_EQ(187500, info->window_us);
	EXPECT_EQ(2, info->repeats);
	EXPECT_EQ(METERBUS_ECHO_AUTO, info->echo);
	EXPECT_EQ(7, info->defaults);
}

TEST_F(bus, set_changes_one_setting_and_no_other)
{
	ASSERT_EQ(0, set_value(self->bus.number, METERBUS_A_BUS_GUARD_US, 123456));
	ASSERT_EQ(0, set_value(self->bus.number, METERBUS_A_BUS_REPEATS, 7));
	self->info = info_of(self->bus.number);
	EXPECT_EQ(123456, self->info.guard_us);
	EXPECT_EQ(7, self->info.repeats);
	EXPECT_EQ(20000, self->info.slack_us);
	EXPECT_EQ(METERBUS_TIMING_GAP | METERBUS_TIMING_WINDOW,
		  self->info.defaults);

	ASSERT_EQ(0, set_value(self->bus.number, METERBUS_A_BUS_DEFAULTS, 7));
	self->info = info_of(self->bus.number);
	EXPECT_EQ(60000, self->info.guard_us);
}

TEST_F(bus, a_guard_that_is_set_is_kept_on_the_wire)
{
	struct meterbus_xfer first = NEW_XFER(req_ud2), second = first;

	ASSERT_EQ(0, set_value(self->bus.number, METERBUS_A_BUS_GUARD_US, 400000));
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &first));
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &second));
	EXPECT_GE(second.sent_ns - first.last_ns, 400 * MS);
}

TEST_F(bus, a_value_out_of_range_is_refused)
{
	static const struct {
		int attribute;
		__u32 value;
	} bad[] = {
		{ METERBUS_A_BUS_GUARD_US, METERBUS_TIME_MAX_US + 1 },
		{ METERBUS_A_BUS_WINDOW_US, METERBUS_TIME_MAX_US + 1 },
		{ METERBUS_A_BUS_REPEATS, METERBUS_REPEATS_MAX + 1 },
		{ METERBUS_A_BUS_ECHO, METERBUS_ECHO_AUTO + 1 },
		{ METERBUS_A_BUS_DEFAULTS, 8 },
		{ METERBUS_A_BUS_BAUD, 0 },
	};
	struct bus_info before = info_of(self->bus.number);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_NE(0, set_value(self->bus.number, bad[i].attribute, bad[i].value)) {
			TH_LOG("attribute %d", bad[i].attribute);
		}
	self->info = info_of(self->bus.number);
	EXPECT_EQ(0, memcmp(&before, &self->info, sizeof(before)));
	EXPECT_NE(0, set_value(200, METERBUS_A_BUS_REPEATS, 1));
}

TEST_F(bus, setting_needs_cap_net_admin_and_getting_does_not)
{
	int status;
	pid_t pid = fork();

	if (!pid) {
		if (setuid(65534) || !info_of(self->bus.number).baud)
			_exit(100);
		_exit(set_value(self->bus.number, METERBUS_A_BUS_REPEATS, 1) == -NLE_PERM);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(1, WEXITSTATUS(status));
	self->info = info_of(self->bus.number);
	EXPECT_EQ(2, self->info.repeats);
}

TEST_F(bus, setting_the_baud_rate_changes_the_tty)
{
	struct termios tio;

	ASSERT_EQ(0, set_value(self->bus.number, METERBUS_A_BUS_BAUD, 9600));
	sleep_ms(10);
	ASSERT_EQ(0, tcgetattr(self->bus.tty, &tio));
	EXPECT_EQ(B9600, cfgetospeed(&tio));
	self->info = info_of(self->bus.number);
	EXPECT_EQ(9600, self->info.baud);
	EXPECT_EQ(84375, self->info.window_us);
}

TEST_F(bus, the_baud_rate_waits_for_the_transaction_under_way)
{
	struct waiter w = { .what = WAIT_XFER, .fd = self->fd };

	self->bus.far.mute = 1;
	ASSERT_EQ(0, pthread_create(&w.thread, NULL, wait_main, &w));
	sleep_ms(100);
	ASSERT_EQ(0, set_value(self->bus.number, METERBUS_A_BUS_BAUD, 300));
	ASSERT_EQ(0, pthread_join(w.thread, NULL));
	/* All three tries were made at the old rate. */
	EXPECT_EQ(0, w.ret);
	EXPECT_EQ(METERBUS_OUTCOME_SILENCE, w.outcome);
	sleep_ms(10);
	self->info = info_of(self->bus.number);
	EXPECT_EQ(300, self->info.baud);
}

TEST_F(bus, a_late_answer_raises_the_slack)
{
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);

	self->bus.far.mute = 1;
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_EQ(METERBUS_OUTCOME_SILENCE, xfer.outcome);
	sleep_ms(100);
	ASSERT_EQ(sizeof(answer),
		  write(self->bus.far.master, answer, sizeof(answer)));
	sleep_ms(10);
	self->info = info_of(self->bus.number);
	EXPECT_EQ(1, self->info.late);
	/* 207.5 ms of window and slack, 100 ms late: slack 140 ms and a bit. */
	EXPECT_GE(self->info.slack_us, 130000);
	EXPECT_LE(self->info.slack_us, 180000);
}

TEST_F(bus, setting_a_baud_rate_does_not_block_netlink)
{
	struct waiter w = { .what = WAIT_XFER, .fd = self->fd };
	__u64 begin;

	self->bus.far.mute = 1;
	ASSERT_EQ(0, pthread_create(&w.thread, NULL, wait_main, &w));
	sleep_ms(100);
	begin = now_ns();
	ASSERT_EQ(0, set_value(self->bus.number, METERBUS_A_BUS_BAUD, 9600));
	EXPECT_GE(500 * MS, now_ns() - begin);
	self->info = info_of(self->bus.number);
	EXPECT_EQ(2400, self->info.baud);
	EXPECT_EQ(9600, self->info.baud_wanted);

	/* Of several the newest counts. */
	ASSERT_EQ(0, set_value(self->bus.number, METERBUS_A_BUS_BAUD, 4800));
	self->info = info_of(self->bus.number);
	EXPECT_EQ(4800, self->info.baud_wanted);
	pthread_join(w.thread, NULL);
	sleep_ms(10);
	self->info = info_of(self->bus.number);
	EXPECT_EQ(4800, self->info.baud);
	EXPECT_EQ(0, self->info.baud_wanted);
	EXPECT_EQ(0, self->info.baud_refused);
}

TEST_F(bus, settings_are_accepted_at_any_baud_rate)
{
	static const speed_t speeds[] = { B0, B50, B300, B38400 };
	struct termios tio;
	unsigned int i;

	tcgetattr(self->bus.tty, &tio);
	for (i = 0; i < ARRAY_SIZE(speeds); i++) {
		cfsetspeed(&tio, speeds[i]);
		ASSERT_EQ(0, tcsetattr(self->bus.tty, TCSANOW, &tio));
		EXPECT_EQ(0, set_value(self->bus.number, METERBUS_A_BUS_ECHO,
				       METERBUS_ECHO_OFF));
		EXPECT_EQ(0, set_value(self->bus.number, METERBUS_A_BUS_DEFAULTS,
				       7));
	}
}

struct message {
	int cmd;
	struct nlattr *attrs[METERBUS_A_BUS_MAX + 1];
};

static int keep_message(struct nl_msg *msg, void *arg)
{
	struct message *message = arg;

	message->cmd = genlmsg_hdr(nlmsg_hdr(msg))->cmd;
	genlmsg_parse(nlmsg_hdr(msg), 0, message->attrs, METERBUS_A_BUS_MAX,
		      NULL);
	/* The caller looks at it after the message is freed. */
	nlmsg_get(msg);
	return NL_STOP;
}

static int any_sequence(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

/* A socket in a group, or NULL if that is not permitted. */
static struct nl_sock *listen_to(const char *group, struct message *message)
{
	struct nl_sock *sock = nl_socket_alloc();
	int number;

	genl_connect(sock);
	number = genl_ctrl_resolve_grp(sock, METERBUS_FAMILY_NAME, group);
	if (number < 0 || nl_socket_add_membership(sock, number) < 0) {
		nl_socket_free(sock);
		return NULL;
	}
	nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, keep_message,
			    message);
	nl_socket_modify_cb(sock, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_sequence,
			    NULL);
	return sock;
}

static bool message_waits(struct nl_sock *sock)
{
	struct pollfd pfd = {
		.fd = nl_socket_get_fd(sock), .events = POLLIN,
	};

	return poll(&pfd, 1, 300) == 1;
}

TEST_F(bus, a_change_carries_what_has_changed)
{
	struct message m = {};
	struct nl_sock *sock = listen_to("events", &m);
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	int i, others = 0;

	ASSERT_NE(NULL, sock);
	/* Traffic is no change. */
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	EXPECT_FALSE(message_waits(sock));
	ASSERT_EQ(0, set_value(self->bus.number, METERBUS_A_BUS_SLACK_US, 31000));
	ASSERT_TRUE(message_waits(sock));
	ASSERT_EQ(0, nl_recvmsgs_default(sock));
	EXPECT_EQ(METERBUS_CMD_BUS_CHANGE_NTF, m.cmd);
	ASSERT_NE(NULL, m.attrs[METERBUS_A_BUS_ID]);
	EXPECT_EQ(self->bus.number, nla_get_u32(m.attrs[METERBUS_A_BUS_ID]));
	ASSERT_NE(NULL, m.attrs[METERBUS_A_BUS_SLACK_US]);
	EXPECT_EQ(31000, nla_get_u32(m.attrs[METERBUS_A_BUS_SLACK_US]));
	for (i = 0; i <= METERBUS_A_BUS_MAX; i++)
		others += !!m.attrs[i];
	EXPECT_EQ(2, others);
	/* Set to what it is, nothing changes. */
	ASSERT_EQ(0, set_value(self->bus.number, METERBUS_A_BUS_SLACK_US, 31000));
	EXPECT_FALSE(message_waits(sock));
	nl_socket_free(sock);
}

TEST_F(bus, activity_is_for_privileged_listeners)
{
	struct message m = {};
	struct nl_sock *sock = listen_to("activity", &m);
	struct meterbus_xfer xfer = NEW_XFER(req_ud2);
	int status;
	pid_t pid;

	ASSERT_NE(NULL, sock);
	ASSERT_EQ(0, ioctl(self->fd, METERBUS_IOC_XFER, &xfer));
	ASSERT_TRUE(message_waits(sock));
	ASSERT_EQ(0, nl_recvmsgs_default(sock));
	EXPECT_EQ(METERBUS_CMD_BUS_STATE_NTF, m.cmd);
	EXPECT_NE(NULL, m.attrs[METERBUS_A_BUS_STATE]);
	nl_socket_free(sock);

	pid = fork();
	if (!pid) {
		if (setuid(65534) || !listen_to("events", &m))
			_exit(100);
		_exit(listen_to("activity", &m) ? 1 : 0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

TEST_F(bus, counters_need_no_padding)
{
	struct message m = {};
	struct nl_sock *sock = listen_to("events", &m);
	struct pty_bus second;
	int i;

	ASSERT_NE(NULL, sock);
	ASSERT_EQ(0, pty_bus_open(&second));
	ASSERT_TRUE(message_waits(sock));
	ASSERT_EQ(0, nl_recvmsgs_default(sock));
	EXPECT_EQ(METERBUS_CMD_BUS_ADD_NTF, m.cmd);
	for (i = 0; i <= METERBUS_A_BUS_MAX; i++)
		EXPECT_TRUE(!m.attrs[i] || nla_len(m.attrs[i]));
	EXPECT_EQ(4, nla_len(m.attrs[METERBUS_A_BUS_FRAMES_SENT]));
	pty_bus_close(&second);
	nl_socket_free(sock);
}

TEST_HARNESS_MAIN
