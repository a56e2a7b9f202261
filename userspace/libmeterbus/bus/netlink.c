// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * One bus's settings and counters as netlink messages, and the driver's
 * refusals as errors, through libnl-genl.
 */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/netlink.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "bus/netlink.h"

/* How long a change of the baud rate waits for the bus. */
#define BAUD_WAIT_MS 60000U

/* The driver's refusal: its errno, and its words if it had any. */
struct refusal {
	int error;
	char text[160];
};

struct count_names {
	int attribute;
	int index;
};

static const struct count_names outcome_names[] = {
	{ METERBUS_A_OUTCOME_ACK, METERBUS_OUTCOME_ACK },
	{ METERBUS_A_OUTCOME_FRAME, METERBUS_OUTCOME_FRAME },
	{ METERBUS_A_OUTCOME_SILENCE, METERBUS_OUTCOME_SILENCE },
	{ METERBUS_A_OUTCOME_COLLISION, METERBUS_OUTCOME_COLLISION },
	{ METERBUS_A_OUTCOME_GARBLED, METERBUS_OUTCOME_GARBLED },
	{ METERBUS_A_OUTCOME_ECHO_ONLY, METERBUS_OUTCOME_ECHO_ONLY },
	{ METERBUS_A_OUTCOME_UNPLUGGED, METERBUS_OUTCOME_UNPLUGGED },
	{ 0, 0 },
};

static const struct count_names finding_names[] = {
	{ METERBUS_A_FINDING_NOISE, METERBUS_REASON_NOISE },
	{ METERBUS_A_FINDING_NUL, METERBUS_REASON_NUL },
	{ METERBUS_A_FINDING_BREAK, METERBUS_REASON_BREAK },
	{ METERBUS_A_FINDING_COMPANY, METERBUS_REASON_COMPANY },
	{ METERBUS_A_FINDING_HEADER, METERBUS_REASON_HEADER },
	{ METERBUS_A_FINDING_CHECKSUM, METERBUS_REASON_CHECKSUM },
	{ METERBUS_A_FINDING_STOP, METERBUS_REASON_STOP },
	{ METERBUS_A_FINDING_TRUNCATED, METERBUS_REASON_TRUNCATED },
	{ METERBUS_A_FINDING_ECHO, METERBUS_REASON_ECHO },
	{ METERBUS_A_FINDING_PARITY, METERBUS_REASON_PARITY },
	{ 0, 0 },
};

static const struct count_names error_names[] = {
	{ METERBUS_A_ERROR_PARITY, METERBUS_ERROR_PARITY },
	{ METERBUS_A_ERROR_FRAMING, METERBUS_ERROR_FRAMING },
	{ METERBUS_A_ERROR_BREAK, METERBUS_ERROR_BREAK },
	{ METERBUS_A_ERROR_OVERRUN, METERBUS_ERROR_OVERRUN },
	{ 0, 0 },
};

struct meterbus_netlink *netlink_open(struct meterbus_error *err)
{
	struct meterbus_netlink *netlink = calloc(1, sizeof(*netlink));
	int on = 1;
	int ret;

	if (netlink)
		netlink->sock = nl_socket_alloc();
	if (!netlink || !netlink->sock) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		goto close_netlink;
	}
	ret = genl_connect(netlink->sock);
	if (ret < 0) {
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "generic netlink cannot be opened: %s",
			      nl_geterror(ret));
		goto close_netlink;
	}
	/* The driver's words; without them its errno has to do. */
	setsockopt(nl_socket_get_fd(netlink->sock), SOL_NETLINK,
		   NETLINK_EXT_ACK, &on, sizeof(on));
	netlink->family = genl_ctrl_resolve(netlink->sock, METERBUS_FAMILY_NAME);
	if (netlink->family < 0) {
		meterbus_fail(err, METERBUS_E_NO_BUS,
			      "the kernel knows no M-Bus: load the module (modprobe mbus)");
		goto close_netlink;
	}
	return netlink;

close_netlink:
	netlink_close(netlink);
	return NULL;
}

void netlink_close(struct meterbus_netlink *netlink)
{
	if (!netlink)
		return;
	if (netlink->sock)
		nl_socket_free(netlink->sock);
	free(netlink);
}

int netlink_join(struct meterbus_netlink *netlink, const char *group)
{
	int number = genl_ctrl_resolve_grp(netlink->sock, METERBUS_FAMILY_NAME,
					   group);

	if (number < 0 || nl_socket_add_membership(netlink->sock, number) < 0)
		return -1;
	return 0;
}

/* Called by libnl for an error message; keeps the extended text. */
static int on_error(struct sockaddr_nl *from, struct nlmsgerr *message,
		    void *arg)
{
	struct nlmsghdr *header = (struct nlmsghdr *)message - 1;
	struct refusal *refusal = arg;
	size_t head = sizeof(*message);
	struct nlattr *attr;
	int left;

	(void)from;
	refusal->error = -message->error;
	if (!(header->nlmsg_flags & NLM_F_ACK_TLVS))
		return NL_STOP;
	if (!(header->nlmsg_flags & NLM_F_CAPPED))
		head += message->msg.nlmsg_len - sizeof(message->msg);
	if (header->nlmsg_len < NLMSG_HDRLEN + head)
		return NL_STOP;
	left = header->nlmsg_len - NLMSG_HDRLEN - head;
	nla_for_each_attr(attr, (struct nlattr *)((char *)message + head), left,
			  left) {
		if (nla_type(attr) == NLMSGERR_ATTR_MSG)
			nla_strlcpy(refusal->text, attr,
				    sizeof(refusal->text));
	}
	return NL_STOP;
}

static int on_ack(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_STOP;
}

static int refused(const struct refusal *refusal, unsigned int number,
		   struct meterbus_error *err)
{
	const char *text = refusal->text;
	enum meterbus_error_kind kind = METERBUS_E_SYSTEM;

	switch (refusal->error) {
	case EPERM:
		return meterbus_fail(err, METERBUS_E_PERMISSION,
				     "mbus%u: settings need CAP_NET_ADMIN; run this as root",
				     number);
	case ENODEV:
		return meterbus_fail_hint(err, METERBUS_E_NO_BUS,
					  METERBUS_HINT_LIST_BUSES, NULL,
					  "mbus%u: %s", number,
					  *text ? text : "no such bus");
	case EINVAL:
	case ERANGE:
		kind = METERBUS_E_USAGE;
		break;
	case EBUSY:
		kind = METERBUS_E_BUSY;
		break;
	}
	return meterbus_fail(err, kind, "mbus%u: %s", number,
			     *text ? text : strerror(refusal->error));
}

/*
 * Sends @msg, which it frees, and waits for the answer, which @on_valid sees.
 */
static int ask(struct meterbus_netlink *netlink, struct nl_msg *msg,
	       unsigned int number, nl_recvmsg_msg_cb_t on_valid, void *arg,
	       struct meterbus_error *err)
{
	struct nl_cb *cb = nl_cb_alloc(NL_CB_DEFAULT);
	struct refusal refusal = { 0 };
	int ret = -NLE_NOMEM;

	if (cb && msg) {
		nl_cb_err(cb, NL_CB_CUSTOM, on_error, &refusal);
		nl_cb_set(cb, NL_CB_ACK, NL_CB_CUSTOM, on_ack, NULL);
		if (on_valid)
			nl_cb_set(cb, NL_CB_VALID, NL_CB_CUSTOM, on_valid, arg);
		ret = nl_send_auto(netlink->sock, msg);
		if (ret >= 0)
			ret = nl_recvmsgs(netlink->sock, cb);
		/* The reply to a get is followed by its acknowledge. */
		if (ret >= 0 && on_valid && !refusal.error)
			ret = nl_recvmsgs(netlink->sock, cb);
	}
	nlmsg_free(msg);
	if (cb)
		nl_cb_put(cb);
	if (refusal.error)
		return refused(&refusal, number, err);
	if (ret < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "mbus%u: no answer by generic netlink: %s",
				     number, nl_geterror(ret));
	return 0;
}

static struct nl_msg *new_message(int family, uint8_t command,
				  unsigned int number)
{
	struct nl_msg *msg = nlmsg_alloc();

	if (!msg)
		return NULL;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0,
			 NLM_F_ACK, command, METERBUS_FAMILY_VERSION) ||
	    nla_put_u32(msg, METERBUS_A_BUS_ID, number) < 0) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

static uint32_t get_u32(struct nlattr **attrs, int attribute)
{
	return attrs[attribute] ? nla_get_u32(attrs[attribute]) : 0;
}

/* As long as its value needs. */
static uint64_t get_uint(struct nlattr **attrs, int attribute)
{
	if (!attrs[attribute])
		return 0;
	if (nla_len(attrs[attribute]) >= (int)sizeof(uint64_t))
		return nla_get_u64(attrs[attribute]);
	return nla_get_u32(attrs[attribute]);
}

static void get_counts(struct nlattr *nest, const struct count_names *names,
		       uint64_t *counts)
{
	/* More than any of the nests has. */
	struct nlattr *attrs[METERBUS_A_FINDING_MAX + 1];

	if (!nest || nla_parse_nested(attrs, METERBUS_A_FINDING_MAX, nest, NULL))
		return;
	for (; names->attribute; names++)
		counts[names->index] = get_uint(attrs, names->attribute);
}

static uint8_t get_bytes(const struct nlattr *attr, uint8_t *bytes, size_t size)
{
	size_t len = attr ? nla_len(attr) : 0;

	if (len > size)
		len = size;
	if (len)
		memcpy(bytes, nla_data(attr), len);
	return len;
}

static void get_info(struct nlattr **attrs, struct meterbus_info *info)
{
	info->bus = get_u32(attrs, METERBUS_A_BUS_ID);
	if (attrs[METERBUS_A_BUS_TTY])
		nla_strlcpy(info->tty, attrs[METERBUS_A_BUS_TTY],
			    sizeof(info->tty));
	info->baud = get_u32(attrs, METERBUS_A_BUS_BAUD);
	info->format = get_u32(attrs, METERBUS_A_BUS_FORMAT);
	info->state = get_u32(attrs, METERBUS_A_BUS_STATE);
	info->echo_learnt = get_u32(attrs, METERBUS_A_BUS_ECHO_LEARNT);
	info->clients = get_u32(attrs, METERBUS_A_BUS_CLIENTS);
	info->frames_sent = get_uint(attrs, METERBUS_A_BUS_FRAMES_SENT);
	info->frames_received = get_uint(attrs, METERBUS_A_BUS_FRAMES_RECEIVED);
	info->bytes_received = get_uint(attrs, METERBUS_A_BUS_BYTES_RECEIVED);
	info->late = get_uint(attrs, METERBUS_A_BUS_LATE);
	info->records_lost = get_uint(attrs, METERBUS_A_BUS_RECORDS_LOST);
	info->writes_dropped = get_uint(attrs, METERBUS_A_BUS_WRITES_DROPPED);
	info->baud_wanted = get_u32(attrs, METERBUS_A_BUS_BAUD_WANTED);
	info->baud_refused = get_u32(attrs, METERBUS_A_BUS_BAUD_REFUSED);
	info->delay_min_us = get_u32(attrs, METERBUS_A_BUS_DELAY_MIN_US);
	info->delay_mean_us = get_u32(attrs, METERBUS_A_BUS_DELAY_MEAN_US);
	info->delay_max_us = get_u32(attrs, METERBUS_A_BUS_DELAY_MAX_US);
	get_counts(attrs[METERBUS_A_BUS_OUTCOMES], outcome_names, info->outcomes);
	get_counts(attrs[METERBUS_A_BUS_FINDINGS], finding_names, info->findings);
	get_counts(attrs[METERBUS_A_BUS_ERRORS], error_names, info->errors);
	info->adds_before_len = get_bytes(attrs[METERBUS_A_BUS_ADDS_BEFORE],
					  info->adds_before,
					  sizeof(info->adds_before));
	info->adds_after_len = get_bytes(attrs[METERBUS_A_BUS_ADDS_AFTER],
					 info->adds_after,
					 sizeof(info->adds_after));
	info->unasked = get_uint(attrs, METERBUS_A_BUS_UNASKED);
	info->babble = get_u32(attrs, METERBUS_A_BUS_BABBLE);
	if (attrs[METERBUS_A_BUS_BABBLE_BYTE])
		info->babble_byte = nla_get_u8(attrs[METERBUS_A_BUS_BABBLE_BYTE]);
}

static void get_timing(struct nlattr **attrs, struct meterbus_timing *timing)
{
	timing->guard_us = get_u32(attrs, METERBUS_A_BUS_GUARD_US);
	timing->slack_us = get_u32(attrs, METERBUS_A_BUS_SLACK_US);
	timing->gap_us = get_u32(attrs, METERBUS_A_BUS_GAP_US);
	timing->window_us = get_u32(attrs, METERBUS_A_BUS_WINDOW_US);
	if (attrs[METERBUS_A_BUS_REPEATS])
		timing->repeats = nla_get_u8(attrs[METERBUS_A_BUS_REPEATS]);
	timing->echo = get_u32(attrs, METERBUS_A_BUS_ECHO);
	timing->defaults = get_u32(attrs, METERBUS_A_BUS_DEFAULTS);
}

int netlink_parse_status(struct nl_msg *msg, struct meterbus_status *status)
{
	static struct nla_policy policy[METERBUS_A_BUS_MAX + 1] = {
		[METERBUS_A_BUS_TTY] = { .type = NLA_NUL_STRING },
	};
	struct nlattr *attrs[METERBUS_A_BUS_MAX + 1];

	memset(status, 0, sizeof(*status));
	if (genlmsg_parse(nlmsg_hdr(msg), 0, attrs, METERBUS_A_BUS_MAX, policy))
		return -1;
	get_info(attrs, &status->info);
	get_timing(attrs, &status->timing);
	return 0;
}

static int on_status(struct nl_msg *msg, void *arg)
{
	return netlink_parse_status(msg, arg) ? NL_SKIP : NL_OK;
}

int netlink_get(struct meterbus_netlink *netlink, unsigned int number,
		struct meterbus_status *status, struct meterbus_error *err)
{
	return ask(netlink,
		   new_message(netlink->family, METERBUS_CMD_BUS_GET, number),
		   number, on_status, status, err);
}

static int put_settings(struct nl_msg *msg,
			const struct meterbus_settings *settings)
{
	const struct meterbus_timing *timing = &settings->timing;
	const struct {
		uint32_t field;
		int attribute;
		uint32_t value;
	} rows[] = {
		{ METERBUS_SET_BAUD, METERBUS_A_BUS_BAUD, settings->baud },
		{ METERBUS_SET_GUARD, METERBUS_A_BUS_GUARD_US, timing->guard_us },
		{ METERBUS_SET_SLACK, METERBUS_A_BUS_SLACK_US, timing->slack_us },
		{ METERBUS_SET_GAP, METERBUS_A_BUS_GAP_US, timing->gap_us },
		{ METERBUS_SET_WINDOW, METERBUS_A_BUS_WINDOW_US,
		  timing->window_us },
		{ METERBUS_SET_ECHO, METERBUS_A_BUS_ECHO, timing->echo },
		{ METERBUS_SET_DEFAULTS, METERBUS_A_BUS_DEFAULTS,
		  timing->defaults },
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (settings->fields & rows[i].field &&
		    nla_put_u32(msg, rows[i].attribute, rows[i].value) < 0)
			return -1;
	}
	if (settings->fields & METERBUS_SET_REPEATS)
		return nla_put_u8(msg, METERBUS_A_BUS_REPEATS, timing->repeats);
	return 0;
}

static int send_settings(struct meterbus_netlink *netlink, unsigned int number,
			 const struct meterbus_settings *settings,
			 struct meterbus_error *err)
{
	struct nl_msg *msg;

	msg = new_message(netlink->family, METERBUS_CMD_BUS_SET, number);
	if (msg && put_settings(msg, settings) < 0) {
		nlmsg_free(msg);
		msg = NULL;
	}
	return ask(netlink, msg, number, NULL, NULL, err);
}

/* Drops what has come: only that something has is of interest. */
static void drop_events(struct meterbus_netlink *events)
{
	char message[8192];

	while (recv(nl_socket_get_fd(events->sock), message, sizeof(message),
		    MSG_DONTWAIT) > 0)
		;
}

/* Until the driver has given the tty its new rate, or was refused it. */
static int await_baud(struct meterbus_netlink *netlink,
		      struct meterbus_netlink *events, unsigned int number,
		      struct meterbus_error *err)
{
	struct pollfd pollfd = {
		.fd = nl_socket_get_fd(events->sock), .events = POLLIN,
	};
	struct meterbus_status status;

	for (;;) {
		drop_events(events);
		if (netlink_get(netlink, number, &status, err) < 0)
			return -1;
		if (!status.info.baud_wanted)
			break;
		if (poll(&pollfd, 1, BAUD_WAIT_MS) == 0)
			return meterbus_fail(err, METERBUS_E_BUSY,
					     "mbus%u: in use for %u s; the baud rate is changed when the bus is free",
					     number, BAUD_WAIT_MS / 1000);
	}
	if (status.info.baud_refused)
		return meterbus_fail(err, METERBUS_E_USAGE,
				     "mbus%u: the tty does not take %u baud and keeps %u",
				     number, status.info.baud_refused,
				     status.info.baud);
	return 0;
}

int netlink_set(struct meterbus_netlink *netlink, unsigned int number,
		const struct meterbus_settings *settings,
		struct meterbus_error *err)
{
	struct meterbus_netlink *events;
	int ret;

	if (!(settings->fields & METERBUS_SET_BAUD))
		return send_settings(netlink, number, settings, err);
	/* Before the change, so that its end is not missed. */
	events = netlink_open(err);
	if (!events)
		return -1;
	if (netlink_join(events, METERBUS_MCGRP_EVENTS) < 0)
		ret = meterbus_fail(err, METERBUS_E_SYSTEM,
				    "the driver's events cannot be subscribed to");
	else
		ret = send_settings(netlink, number, settings, err);
	if (ret == 0)
		ret = await_baud(netlink, events, number, err);
	netlink_close(events);
	return ret;
}
