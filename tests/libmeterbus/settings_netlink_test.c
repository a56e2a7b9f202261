// SPDX-License-Identifier: GPL-2.0-only
/*
 * Settings, counters and events by generic netlink: the kernel's side of the
 * sockets is played here, below libnl.
 */
#include <dlfcn.h>
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include <meterbus/settings.h>

#include "bus/netlink.h"
#include "kselftest_harness.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define FAMILY	0x42
#define EVENTS	7
#define ACTIVITY 8

/* ---------------------------------------------------------- the kernel */

struct datagram {
	size_t len;
	char bytes[2048];
};

static struct {
	struct datagram queue[16];
	unsigned int first, count;
	bool no_family;
	int error;			/* of what is asked of the driver */
	const char *words;		/* that come with it */
	unsigned int groups[4], joined;
	unsigned int asked[4];		/* messages by METERBUS_CMD_* */
	struct nlattr *set[METERBUS_A_BUS_MAX + 1];
	char request[2048];
	unsigned int buses;		/* in a dump */
	uint32_t state;
	/* A change of the baud rate goes on for so many events. */
	unsigned int baud_waits;
	uint32_t baud_refused;
	int poll_result;
	unsigned int polls;
} kernel;

static void deliver(const void *bytes, size_t len)
{
	struct datagram *datagram = &kernel.queue[kernel.count++ % 16];

	datagram->len = len;
	memcpy(datagram->bytes, bytes, len);
}

static void deliver_msg(struct nl_msg *msg, uint32_t seq)
{
	struct nlmsghdr *header = nlmsg_hdr(msg);

	header->nlmsg_seq = seq;
	header->nlmsg_pid = 0;
	deliver(header, header->nlmsg_len);
	nlmsg_free(msg);
}

/* Error 0 is an acknowledge. */
static void deliver_error(const struct nlmsghdr *request, int error,
			  const char *words)
{
	struct {
		struct nlmsghdr head;
		struct nlmsgerr error;
		struct nlattr attr;
		char words[160];
	} message = {
		.head = { .nlmsg_type = NLMSG_ERROR,
			  .nlmsg_seq = request->nlmsg_seq,
			  .nlmsg_flags = NLM_F_CAPPED },
		.error = { .error = -error, .msg = *request },
	};
	size_t len = sizeof(message.head) + sizeof(message.error);

	if (words) {
		message.head.nlmsg_flags |= NLM_F_ACK_TLVS;
		message.attr.nla_type = NLMSGERR_ATTR_MSG;
		message.attr.nla_len = sizeof(message.attr) + strlen(words) + 1;
		strcpy(message.words, words);
		len += NLA_ALIGN(message.attr.nla_len);
	}
	message.head.nlmsg_len = len;
	deliver(&message, len);
}

static void put_group(struct nl_msg *msg, int number, const char *name,
		      uint32_t id)
{
	struct nlattr *group = nla_nest_start(msg, number);

	nla_put_string(msg, CTRL_ATTR_MCAST_GRP_NAME, name);
	nla_put_u32(msg, CTRL_ATTR_MCAST_GRP_ID, id);
	nla_nest_end(msg, group);
}

static void tell_family(const struct nlmsghdr *request)
{
	struct nl_msg *msg = nlmsg_alloc();
	struct nlattr *groups;

	genlmsg_put(msg, 0, 0, GENL_ID_CTRL, 0, 0, CTRL_CMD_NEWFAMILY, 1);
	nla_put_u16(msg, CTRL_ATTR_FAMILY_ID, FAMILY);
	nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, METERBUS_FAMILY_NAME);
	groups = nla_nest_start(msg, CTRL_ATTR_MCAST_GROUPS);
	put_group(msg, 1, METERBUS_MCGRP_EVENTS, EVENTS);
	put_group(msg, 2, METERBUS_MCGRP_ACTIVITY, ACTIVITY);
	nla_nest_end(msg, groups);
	deliver_msg(msg, request->nlmsg_seq);
}

/* Each number is another, so that none can stand for another. */
static void put_status(struct nl_msg *msg, uint32_t number)
{
	struct nlattr *nest;

	nla_put_u32(msg, METERBUS_A_BUS_ID, number);
	nla_put_string(msg, METERBUS_A_BUS_TTY, "ttyACM2");
	nla_put_u32(msg, METERBUS_A_BUS_BAUD, 2400);
	nla_put_u32(msg, METERBUS_A_BUS_FORMAT, 1);
	nla_put_u32(msg, METERBUS_A_BUS_STATE, kernel.state);
	nla_put_u32(msg, METERBUS_A_BUS_CLIENTS, 3);
	nla_put_u32(msg, METERBUS_A_BUS_ECHO_LEARNT, 2);
	nla_put_u32(msg, METERBUS_A_BUS_FRAMES_SENT, 11);
	nla_put_u64(msg, METERBUS_A_BUS_FRAMES_RECEIVED, 12345678901);
	nla_put_u32(msg, METERBUS_A_BUS_BYTES_RECEIVED, 13);
	nla_put_u32(msg, METERBUS_A_BUS_LATE, 14);
	nla_put_u32(msg, METERBUS_A_BUS_RECORDS_LOST, 15);
	nla_put_u32(msg, METERBUS_A_BUS_WRITES_DROPPED, 16);
	nla_put_u32(msg, METERBUS_A_BUS_DELAY_MIN_US, 17);
	nla_put_u32(msg, METERBUS_A_BUS_DELAY_MEAN_US, 18);
	nla_put_u32(msg, METERBUS_A_BUS_DELAY_MAX_US, 19);
	if (kernel.baud_waits)
		nla_put_u32(msg, METERBUS_A_BUS_BAUD_WANTED, 300);
	nla_put_u32(msg, METERBUS_A_BUS_BAUD_REFUSED, kernel.baud_refused);
	nla_put_u32(msg, METERBUS_A_BUS_GUARD_US, 20);
	nla_put_u32(msg, METERBUS_A_BUS_SLACK_US, 21);
	nla_put_u32(msg, METERBUS_A_BUS_GAP_US, 22);
	nla_put_u32(msg, METERBUS_A_BUS_WINDOW_US, 23);
	nla_put_u8(msg, METERBUS_A_BUS_REPEATS, 4);
	nla_put_u32(msg, METERBUS_A_BUS_ECHO, 1);
	nla_put_u32(msg, METERBUS_A_BUS_DEFAULTS, METERBUS_TIMING_GUARD |
		    METERBUS_TIMING_GAP | METERBUS_TIMING_WINDOW);
	nest = nla_nest_start(msg, METERBUS_A_BUS_OUTCOMES);
	nla_put_u32(msg, METERBUS_A_OUTCOME_ACK, 30);
	nla_put_u32(msg, METERBUS_A_OUTCOME_UNPLUGGED, 31);
	nla_nest_end(msg, nest);
	nest = nla_nest_start(msg, METERBUS_A_BUS_FINDINGS);
	nla_put_u32(msg, METERBUS_A_FINDING_NOISE, 32);
	nla_put_u32(msg, METERBUS_A_FINDING_PARITY, 33);
	nla_nest_end(msg, nest);
	nest = nla_nest_start(msg, METERBUS_A_BUS_ERRORS);
	nla_put_u32(msg, METERBUS_A_ERROR_PARITY, 34);
	nla_put_u32(msg, METERBUS_A_ERROR_OVERRUN, 35);
	nla_nest_end(msg, nest);
	nla_put(msg, METERBUS_A_BUS_ADDS_BEFORE, 2, "ab");
	nla_put(msg, METERBUS_A_BUS_ADDS_AFTER, 4, "cdef");
	nla_put_u32(msg, METERBUS_A_BUS_UNASKED, 36);
	nla_put_u32(msg, METERBUS_A_BUS_BABBLE, 37);
	nla_put_u8(msg, METERBUS_A_BUS_BABBLE_BYTE, 0xFD);
}

static void tell_bus(uint32_t seq, uint8_t command, uint32_t number, int flags)
{
	struct nl_msg *msg = nlmsg_alloc();

	genlmsg_put(msg, 0, 0, FAMILY, 0, flags, command, 1);
	put_status(msg, number);
	deliver_msg(msg, seq);
}

static void answer_driver(struct nlmsghdr *request)
{
	struct genlmsghdr *head = nlmsg_data(request);

	memcpy(kernel.request, request, request->nlmsg_len);
	request = (struct nlmsghdr *)kernel.request;
	kernel.asked[head->cmd]++;
	if (kernel.error) {
		deliver_error(request, kernel.error, kernel.words);
		return;
	}
	if (request->nlmsg_flags & NLM_F_DUMP) {
		for (uint32_t i = 0; i < kernel.buses; i++)
			tell_bus(request->nlmsg_seq, METERBUS_CMD_BUS_GET,
				 5 + i, NLM_F_MULTI);
		struct nlmsghdr done[2] = { {
			.nlmsg_len = NLMSG_HDRLEN + 4,
			.nlmsg_type = NLMSG_DONE, .nlmsg_flags = NLM_F_MULTI,
			.nlmsg_seq = request->nlmsg_seq } };

		deliver(done, NLMSG_HDRLEN + 4);
		return;
	}
	if (head->cmd == METERBUS_CMD_BUS_SET) {
		genlmsg_parse(request, 0, kernel.set, METERBUS_A_BUS_MAX, NULL);
	} else {
		struct nlattr *id = nlmsg_find_attr(request, GENL_HDRLEN,
						    METERBUS_A_BUS_ID);

		tell_bus(request->nlmsg_seq, METERBUS_CMD_BUS_GET,
			 nla_get_u32(id), 0);
	}
	deliver_error(request, 0, NULL);
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	struct nlmsghdr *request = msg->msg_iov[0].iov_base;

	(void)fd;
	(void)flags;
	if (request->nlmsg_type != GENL_ID_CTRL) {
		answer_driver(request);
	} else if (kernel.no_family) {
		deliver_error(request, ENOENT, NULL);
	} else {
		tell_family(request);
		deliver_error(request, 0, NULL);
	}
	return request->nlmsg_len;
}

ssize_t recvmsg(int fd, struct msghdr *msg, int flags)
{
	struct datagram *datagram = &kernel.queue[kernel.first % 16];
	struct sockaddr_nl *from = msg->msg_name;
	size_t len = datagram->len;

	(void)fd;
	if (kernel.first == kernel.count) {
		errno = ENOBUFS;
		return -1;
	}
	if (from) {
		*from = (struct sockaddr_nl){ .nl_family = AF_NETLINK };
		msg->msg_namelen = sizeof(*from);
	}
	msg->msg_flags = 0;
	msg->msg_controllen = 0;
	if (len > msg->msg_iov[0].iov_len) {
		len = msg->msg_iov[0].iov_len;
		msg->msg_flags = MSG_TRUNC;
	}
	memcpy(msg->msg_iov[0].iov_base, datagram->bytes, len);
	if (!(flags & MSG_PEEK))
		kernel.first++;
	return flags & MSG_TRUNC ? datagram->len : len;
}

/* Only to drop what has come. */
ssize_t recv(int fd, void *bytes, size_t size, int flags)
{
	(void)fd;
	(void)bytes;
	(void)size;
	(void)flags;
	errno = EAGAIN;
	return -1;
}

int setsockopt(int fd, int level, int option, const void *value, socklen_t len)
{
	if (level != SOL_NETLINK || option != NETLINK_ADD_MEMBERSHIP)
		return ((__typeof__(&setsockopt))dlsym(RTLD_NEXT, "setsockopt"))(
			fd, level, option, value, len);
	kernel.groups[kernel.joined++ % 4] = *(const int *)value;
	return 0;
}

int poll(struct pollfd *fds, nfds_t count, int timeout)
{
	if (timeout <= 0)
		return ((__typeof__(&poll))dlsym(RTLD_NEXT, "poll"))(
			fds, count, timeout);
	kernel.polls++;
	if (kernel.poll_result)
		kernel.baud_waits--;
	return kernel.poll_result;
}

/* ----------------------------------------------------------- the tests */

FIXTURE(settings)
{
	struct meterbus_status status;
	struct meterbus_error err;
};

FIXTURE_SETUP(settings)
{
	memset(self, 0, sizeof(*self));
	memset(&kernel, 0, sizeof(kernel));
	kernel.poll_result = 1;
}

FIXTURE_TEARDOWN(settings)
{
	(void)self;
}

TEST_F(settings, every_number_of_a_bus)
{
	const struct meterbus_info *info = &self->status.info;
	const struct meterbus_timing *timing = &self->status.timing;

	kernel.state = 2;
	kernel.baud_waits = 1;
	kernel.baud_refused = 9600;
	ASSERT_EQ(0, meterbus_status_get(7, &self->status, &self->err))
		TH_LOG("%s", self->err.text);
	EXPECT_EQ(7, info->bus);
	EXPECT_STREQ("ttyACM2", info->tty);
	EXPECT_EQ(2400, info->baud);
	EXPECT_EQ(1, info->format);
	EXPECT_EQ(2, info->state);
	EXPECT_EQ(3, info->clients);
	EXPECT_EQ(2, info->echo_learnt);
	EXPECT_EQ(11, info->frames_sent);
	EXPECT_EQ(12345678901, info->frames_received);
	EXPECT_EQ(13, info->bytes_received);
	EXPECT_EQ(14, info->late);
	EXPECT_EQ(15, info->records_lost);
	EXPECT_EQ(16, info->writes_dropped);
	EXPECT_EQ(300, info->baud_wanted);
	EXPECT_EQ(9600, info->baud_refused);
	EXPECT_EQ(17, info->delay_min_us);
	EXPECT_EQ(18, info->delay_mean_us);
	EXPECT_EQ(19, info->delay_max_us);
	EXPECT_EQ(30, info->outcomes[METERBUS_OUTCOME_ACK]);
	EXPECT_EQ(31, info->outcomes[METERBUS_OUTCOME_UNPLUGGED]);
	EXPECT_EQ(0, info->outcomes[METERBUS_OUTCOME_FRAME]);
	EXPECT_EQ(32, info->findings[METERBUS_REASON_NOISE]);
	EXPECT_EQ(33, info->findings[METERBUS_REASON_PARITY]);
	EXPECT_EQ(34, info->errors[METERBUS_ERROR_PARITY]);
	EXPECT_EQ(35, info->errors[METERBUS_ERROR_OVERRUN]);
	EXPECT_EQ(2, info->adds_before_len);
	EXPECT_EQ(0, memcmp("ab", info->adds_before, 2));
	/* There is room for three. */
	EXPECT_EQ(3, info->adds_after_len);
	EXPECT_EQ(0, memcmp("cde", info->adds_after, 3));
	EXPECT_EQ(36, info->unasked);
	EXPECT_EQ(37, info->babble);
	EXPECT_EQ(0xFD, info->babble_byte);
	EXPECT_EQ(20, timing->guard_us);
	EXPECT_EQ(21, timing->slack_us);
	EXPECT_EQ(22, timing->gap_us);
	EXPECT_EQ(23, timing->window_us);
	EXPECT_EQ(4, timing->repeats);
	EXPECT_EQ(1, timing->echo);
	EXPECT_EQ(7, timing->defaults);
}

TEST_F(settings, without_the_module)
{
	kernel.no_family = true;
	EXPECT_EQ(-1, meterbus_status_get(7, &self->status, &self->err));
	EXPECT_EQ(METERBUS_E_NO_BUS, self->err.kind);
	EXPECT_EQ(-1, meterbus_status_all(&self->status, 1, &self->err));
	EXPECT_EQ(METERBUS_E_NO_BUS, self->err.kind);
	EXPECT_EQ(NULL, meterbus_events_open(&self->err));
	EXPECT_EQ(METERBUS_E_NO_BUS, self->err.kind);
}

TEST_F(settings, all_buses)
{
	struct meterbus_status statuses[3];

	EXPECT_EQ(0, meterbus_status_all(statuses, 3, &self->err));
	kernel.buses = 2;
	ASSERT_EQ(2, meterbus_status_all(statuses, 3, &self->err));
	EXPECT_EQ(5, statuses[0].info.bus);
	EXPECT_EQ(6, statuses[1].info.bus);
	kernel.buses = 3;
	EXPECT_EQ(1, meterbus_status_all(statuses, 1, &self->err));
	kernel.error = EIO;
	EXPECT_EQ(-1, meterbus_status_all(statuses, 1, &self->err));
	EXPECT_EQ(METERBUS_E_SYSTEM, self->err.kind);
}

/* A refusal is said in the driver's words. */
TEST_F(settings, refusals)
{
	static const struct {
		int error;
		const char *words, *text;
		enum meterbus_error_kind kind;
	} rows[] = {
		{ EPERM, NULL, NULL, METERBUS_E_PERMISSION },
		{ ENODEV, "gone", "gone", METERBUS_E_NO_BUS },
		{ ENODEV, NULL, NULL, METERBUS_E_NO_BUS },
		{ EINVAL, "too slow", "too slow", METERBUS_E_USAGE },
		{ ERANGE, NULL, "Numerical result out of range", METERBUS_E_USAGE },
		{ EBUSY, NULL, "busy", METERBUS_E_BUSY },
		{ EIO, NULL, "Input/output error", METERBUS_E_SYSTEM },
	};
	const struct meterbus_settings settings = { .fields = METERBUS_SET_GAP };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		kernel.error = rows[i].error;
		kernel.words = rows[i].words;
		EXPECT_EQ(-1, meterbus_status_get(7, &self->status, &self->err));
		EXPECT_EQ(rows[i].kind, self->err.kind)
			TH_LOG("%s", self->err.text);
		EXPECT_EQ(0, strncmp(self->err.text, "mbus7: ", 7));
		if (rows[i].text)
			EXPECT_NE(NULL, strstr(self->err.text, rows[i].text))
				TH_LOG("%s", self->err.text);
		EXPECT_EQ(-1, meterbus_settings_set(7, &settings, &self->err));
		EXPECT_EQ(rows[i].kind, self->err.kind);
	}
}

/* Only the fields that are meant are sent, each as its own attribute. */
TEST_F(settings, fields_are_attributes)
{
	static const struct {
		uint32_t field;
		int attribute;
		uint32_t value;
	} rows[] = {
		{ METERBUS_SET_GUARD, METERBUS_A_BUS_GUARD_US, 1 },
		{ METERBUS_SET_SLACK, METERBUS_A_BUS_SLACK_US, 2 },
		{ METERBUS_SET_GAP, METERBUS_A_BUS_GAP_US, 3 },
		{ METERBUS_SET_WINDOW, METERBUS_A_BUS_WINDOW_US, 4 },
		{ METERBUS_SET_REPEATS, METERBUS_A_BUS_REPEATS, 5 },
		{ METERBUS_SET_ECHO, METERBUS_A_BUS_ECHO, 6 },
		{ METERBUS_SET_DEFAULTS, METERBUS_A_BUS_DEFAULTS, 7 },
		{ METERBUS_SET_BAUD, METERBUS_A_BUS_BAUD, 300 },
	};
	struct meterbus_settings settings = {
		.baud = 300,
		.timing = { .guard_us = 1, .slack_us = 2, .gap_us = 3,
			    .window_us = 4, .repeats = 5, .echo = 6,
			    .defaults = 7 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		settings.fields = rows[i].field;
		ASSERT_EQ(0, meterbus_settings_set(7, &settings, &self->err))
			TH_LOG("%s", self->err.text);
		EXPECT_EQ(7, nla_get_u32(kernel.set[METERBUS_A_BUS_ID]));
		for (size_t j = 0; j < ARRAY_LEN(rows); j++)
			EXPECT_EQ(i == j, !!kernel.set[rows[j].attribute]);
		EXPECT_EQ(rows[i].value,
			  rows[i].field == METERBUS_SET_REPEATS ?
				  nla_get_u8(kernel.set[rows[i].attribute]) :
				  nla_get_u32(kernel.set[rows[i].attribute]));
	}
}

/* The driver has one value for what follows the baud rate. */
TEST_F(settings, what_follows_the_rate_is_merged)
{
	static const struct {
		uint32_t fields, follow, defaults;
	} rows[] = {
		{ 0, METERBUS_TIMING_GUARD, 7 },
		{ METERBUS_SET_GUARD, METERBUS_TIMING_GAP, 7 & ~METERBUS_TIMING_GUARD },
		{ METERBUS_SET_GAP, METERBUS_TIMING_GUARD, 7 & ~METERBUS_TIMING_GAP },
		{ METERBUS_SET_WINDOW, METERBUS_TIMING_GUARD,
		  7 & ~METERBUS_TIMING_WINDOW },
		{ METERBUS_SET_GUARD, METERBUS_TIMING_GUARD, 7 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct meterbus_settings settings = {
			.fields = rows[i].fields, .follow = rows[i].follow,
		};

		ASSERT_EQ(0, meterbus_settings_set(7, &settings, &self->err));
		ASSERT_NE(NULL, kernel.set[METERBUS_A_BUS_DEFAULTS]);
		EXPECT_EQ(rows[i].defaults,
			  nla_get_u32(kernel.set[METERBUS_A_BUS_DEFAULTS]))
			TH_LOG("row %zu", i);
	}
	kernel.error = ENODEV;
	EXPECT_EQ(-1, meterbus_settings_set(7, &(struct meterbus_settings){
		.follow = METERBUS_TIMING_GUARD }, &self->err));
}

/* It is done once the bus is free, and an event says so. */
TEST_F(settings, a_new_rate_is_waited_for)
{
	const struct meterbus_settings settings = {
		.fields = METERBUS_SET_BAUD, .baud = 300,
	};

	kernel.baud_waits = 2;
	EXPECT_EQ(0, meterbus_settings_set(7, &settings, &self->err));
	EXPECT_EQ(2, kernel.polls);
	EXPECT_EQ(3, kernel.asked[METERBUS_CMD_BUS_GET]);
	EXPECT_EQ(EVENTS, kernel.groups[0]);

	kernel.baud_waits = 2;
	kernel.poll_result = 0;
	EXPECT_EQ(-1, meterbus_settings_set(7, &settings, &self->err));
	EXPECT_EQ(METERBUS_E_BUSY, self->err.kind);

	kernel.baud_waits = 0;
	kernel.baud_refused = 300;
	EXPECT_EQ(-1, meterbus_settings_set(7, &settings, &self->err));
	EXPECT_EQ(METERBUS_E_USAGE, self->err.kind);
	EXPECT_NE(NULL, strstr(self->err.text, "2400"));
}

TEST_F(settings, events)
{
	struct meterbus_events *events = meterbus_events_open(&self->err);
	enum meterbus_event event;

	ASSERT_NE(NULL, events) TH_LOG("%s", self->err.text);
	EXPECT_EQ(2, kernel.joined);
	EXPECT_EQ(ACTIVITY, kernel.groups[0]);
	EXPECT_EQ(EVENTS, kernel.groups[1]);
	EXPECT_LE(0, meterbus_events_fd(events));

	tell_bus(0, METERBUS_CMD_BUS_ADD_NTF, 3, 0);
	EXPECT_EQ(1, meterbus_events_next(events, &event, &self->status, &self->err));
	EXPECT_EQ(METERBUS_EVENT_ATTACHED, event);
	EXPECT_EQ(3, self->status.info.bus);
	tell_bus(0, METERBUS_CMD_BUS_DEL_NTF, 4, 0);
	EXPECT_EQ(1, meterbus_events_next(events, &event, &self->status, &self->err));
	EXPECT_EQ(METERBUS_EVENT_DETACHED, event);
	EXPECT_EQ(4, self->status.info.bus);
	meterbus_events_close(events);
}

/* What has changed; the rest is asked for, but the state was that then. */
TEST_F(settings, changes)
{
	static const struct {
		uint8_t command;
		uint32_t state;
	} rows[] = {
		{ METERBUS_CMD_BUS_CHANGE_NTF, 1 },
		{ METERBUS_CMD_BUS_STATE_NTF, 2 },
	};
	struct meterbus_events *events = meterbus_events_open(&self->err);
	enum meterbus_event event = METERBUS_EVENT_ATTACHED;

	ASSERT_NE(NULL, events);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		kernel.asked[METERBUS_CMD_BUS_GET] = 0;
		kernel.state = 2;
		tell_bus(0, rows[i].command, 3, 0);
		kernel.state = 1;
		EXPECT_EQ(1, meterbus_events_next(events, &event, &self->status,
						  &self->err));
		EXPECT_EQ(METERBUS_EVENT_CHANGED, event);
		EXPECT_EQ(1, kernel.asked[METERBUS_CMD_BUS_GET]);
		EXPECT_EQ(rows[i].state, self->status.info.state);
		EXPECT_EQ(21, self->status.timing.slack_us);
	}
	/* Of a bus that is gone there is none. */
	tell_bus(0, METERBUS_CMD_BUS_CHANGE_NTF, 3, 0);
	tell_bus(0, METERBUS_CMD_BUS_DEL_NTF, 3, 0);
	meterbus_events_close(events);
}

TEST_F(settings, events_that_were_lost)
{
	struct meterbus_events *events = meterbus_events_open(&self->err);
	enum meterbus_event event;

	ASSERT_NE(NULL, events);
	EXPECT_EQ(0, meterbus_events_next(events, &event, &self->status, &self->err));
	meterbus_events_close(events);
}

TEST_HARNESS_MAIN
