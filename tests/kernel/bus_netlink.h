/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The generic netlink family for tests of the driver: by libnl alone, so that a
 * fault of our own library is not in the way.
 */
#ifndef TESTS_KERNEL_BUS_NETLINK_H
#define TESTS_KERNEL_BUS_NETLINK_H

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <stddef.h>
#include <string.h>

#include <linux/meterbus.h>
#include <linux/meterbus_netlink.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

/* The counters are indexed by enum meterbus_outcome, _reason, _byte_error. */
struct bus_info {
	__u64 bus, baud, baud_wanted, baud_refused, state, clients, echo_learnt;
	__u64 guard_us, slack_us, gap_us, window_us, repeats, echo, defaults;
	__u64 frames_sent, frames_received, bytes_received, late;
	__u64 records_lost, writes_dropped;
	__u64 delay_min_us, delay_mean_us, delay_max_us;
	__u64 outcomes[METERBUS_OUTCOME_COUNT];
	__u64 findings[METERBUS_REASON_COUNT];
	__u64 errors[METERBUS_ERROR_COUNT];
	char tty[64];
};

static const struct {
	int attribute;
	size_t offset;
} bus_info_values[] = {
	{ METERBUS_A_BUS_ID, offsetof(struct bus_info, bus) },
	{ METERBUS_A_BUS_BAUD, offsetof(struct bus_info, baud) },
	{ METERBUS_A_BUS_BAUD_WANTED, offsetof(struct bus_info, baud_wanted) },
	{ METERBUS_A_BUS_BAUD_REFUSED, offsetof(struct bus_info, baud_refused) },
	{ METERBUS_A_BUS_STATE, offsetof(struct bus_info, state) },
	{ METERBUS_A_BUS_CLIENTS, offsetof(struct bus_info, clients) },
	{ METERBUS_A_BUS_ECHO_LEARNT, offsetof(struct bus_info, echo_learnt) },
	{ METERBUS_A_BUS_GUARD_US, offsetof(struct bus_info, guard_us) },
	{ METERBUS_A_BUS_SLACK_US, offsetof(struct bus_info, slack_us) },
	{ METERBUS_A_BUS_GAP_US, offsetof(struct bus_info, gap_us) },
	{ METERBUS_A_BUS_WINDOW_US, offsetof(struct bus_info, window_us) },
	{ METERBUS_A_BUS_REPEATS, offsetof(struct bus_info, repeats) },
	{ METERBUS_A_BUS_ECHO, offsetof(struct bus_info, echo) },
	{ METERBUS_A_BUS_DEFAULTS, offsetof(struct bus_info, defaults) },
	{ METERBUS_A_BUS_FRAMES_SENT, offsetof(struct bus_info, frames_sent) },
	{ METERBUS_A_BUS_FRAMES_RECEIVED, offsetof(struct bus_info, frames_received) },
	{ METERBUS_A_BUS_BYTES_RECEIVED, offsetof(struct bus_info, bytes_received) },
	{ METERBUS_A_BUS_LATE, offsetof(struct bus_info, late) },
	{ METERBUS_A_BUS_RECORDS_LOST, offsetof(struct bus_info, records_lost) },
	{ METERBUS_A_BUS_WRITES_DROPPED, offsetof(struct bus_info, writes_dropped) },
	{ METERBUS_A_BUS_DELAY_MIN_US, offsetof(struct bus_info, delay_min_us) },
	{ METERBUS_A_BUS_DELAY_MEAN_US, offsetof(struct bus_info, delay_mean_us) },
	{ METERBUS_A_BUS_DELAY_MAX_US, offsetof(struct bus_info, delay_max_us) },
};

/* An unsigned integer of any length that netlink has. */
static __u64 attribute_value(struct nlattr *attr)
{
	switch (nla_len(attr)) {
	case 1:
		return nla_get_u8(attr);
	case 4:
		return nla_get_u32(attr);
	default:
		return nla_get_u64(attr);
	}
}

/* Counters whose attributes follow the values of their enum, from @first on. */
static void counters(struct nlattr *nest, __u64 *counts, int first, int max)
{
	struct nlattr *attr;
	int left;

	nla_for_each_nested(attr, nest, left) {
		if (nla_type(attr) <= max)
			counts[nla_type(attr) - 1 + first] = attribute_value(attr);
	}
}

static int fill_info(struct nl_msg *msg, void *arg)
{
	struct nlattr *attrs[METERBUS_A_BUS_MAX + 1];
	struct bus_info *info = arg;
	size_t i;

	if (genlmsg_parse(nlmsg_hdr(msg), 0, attrs, METERBUS_A_BUS_MAX, NULL))
		return NL_SKIP;
	for (i = 0; i < ARRAY_SIZE(bus_info_values); i++) {
		struct nlattr *attr = attrs[bus_info_values[i].attribute];

		if (attr)
			*(__u64 *)((char *)info + bus_info_values[i].offset) =
				attribute_value(attr);
	}
	if (attrs[METERBUS_A_BUS_TTY])
		nla_strlcpy(info->tty, attrs[METERBUS_A_BUS_TTY],
			    sizeof(info->tty));
	if (attrs[METERBUS_A_BUS_OUTCOMES])
		counters(attrs[METERBUS_A_BUS_OUTCOMES], info->outcomes,
			 METERBUS_OUTCOME_ACK, METERBUS_A_OUTCOME_MAX);
	if (attrs[METERBUS_A_BUS_FINDINGS])
		counters(attrs[METERBUS_A_BUS_FINDINGS], info->findings,
			 METERBUS_REASON_NOISE, METERBUS_A_FINDING_MAX);
	if (attrs[METERBUS_A_BUS_ERRORS])
		counters(attrs[METERBUS_A_BUS_ERRORS], info->errors,
			 METERBUS_ERROR_PARITY, METERBUS_A_ERROR_MAX);
	return NL_OK;
}

/* A request about a bus: 0, or a negative error of libnl. */
static int bus_request(int cmd, __u32 bus, int attribute, __u32 value,
		       struct bus_info *info)
{
	struct nl_sock *sock = nl_socket_alloc();
	struct nl_msg *msg = nlmsg_alloc();
	int ret, family;

	genl_connect(sock);
	family = genl_ctrl_resolve(sock, METERBUS_FAMILY_NAME);
	genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, family, 0, NLM_F_ACK, cmd,
		    METERBUS_FAMILY_VERSION);
	nla_put_u32(msg, METERBUS_A_BUS_ID, bus);
	if (attribute == METERBUS_A_BUS_REPEATS)
		nla_put_u8(msg, attribute, value);
	else if (attribute)
		nla_put_u32(msg, attribute, value);
	if (info)
		nl_socket_modify_cb(sock, NL_CB_VALID, NL_CB_CUSTOM, fill_info,
				    info);
	ret = nl_send_auto(sock, msg);
	if (ret >= 0 && info)
		ret = nl_recvmsgs_default(sock);
	if (ret >= 0)
		ret = nl_wait_for_ack(sock);
	nlmsg_free(msg);
	nl_socket_free(sock);
	return ret;
}

/* What the driver reports of a bus; all zero when it reports nothing. */
static struct bus_info info_of(__u32 bus)
{
	struct bus_info info = {};

	if (bus_request(METERBUS_CMD_BUS_GET, bus, 0, 0, &info))
		memset(&info, 0, sizeof(info));
	return info;
}

static int set_value(__u32 bus, int attribute, __u32 value)
{
	return bus_request(METERBUS_CMD_BUS_SET, bus, attribute, value, NULL);
}

#endif
