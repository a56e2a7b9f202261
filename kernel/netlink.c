// SPDX-License-Identifier: GPL-2.0-only
/*
 * Generic netlink family "meterbus": what buses are and have seen, how they are
 * set, and messages about changes. Documentation/netlink/specs/meterbus.yaml is
 * its description; netlink-gen.[ch] are made from it.
 */
#include <linux/math64.h>
#include <linux/time64.h>
#include <net/genetlink.h>

#include "bus.h"
#include "netlink-gen.h"
#include "netlink.h"
#include "registry.h"

static struct genl_family mbus_family;

struct named_count {
	u16 attribute;
	u16 index;
};

static const struct named_count outcome_names[] = {
	{ METERBUS_A_OUTCOME_ACK,		METERBUS_OUTCOME_ACK },
	{ METERBUS_A_OUTCOME_FRAME,		METERBUS_OUTCOME_FRAME },
	{ METERBUS_A_OUTCOME_SILENCE,	METERBUS_OUTCOME_SILENCE },
	{ METERBUS_A_OUTCOME_COLLISION,	METERBUS_OUTCOME_COLLISION },
	{ METERBUS_A_OUTCOME_GARBLED,	METERBUS_OUTCOME_GARBLED },
	{ METERBUS_A_OUTCOME_ECHO_ONLY,	METERBUS_OUTCOME_ECHO_ONLY },
	{ METERBUS_A_OUTCOME_UNPLUGGED,	METERBUS_OUTCOME_UNPLUGGED },
};

static const struct named_count finding_names[] = {
	{ METERBUS_A_FINDING_NOISE,		METERBUS_REASON_NOISE },
	{ METERBUS_A_FINDING_NUL,		METERBUS_REASON_NUL },
	{ METERBUS_A_FINDING_BREAK,		METERBUS_REASON_BREAK },
	{ METERBUS_A_FINDING_COMPANY,	METERBUS_REASON_COMPANY },
	{ METERBUS_A_FINDING_HEADER,	METERBUS_REASON_HEADER },
	{ METERBUS_A_FINDING_CHECKSUM,	METERBUS_REASON_CHECKSUM },
	{ METERBUS_A_FINDING_STOP,		METERBUS_REASON_STOP },
	{ METERBUS_A_FINDING_TRUNCATED,	METERBUS_REASON_TRUNCATED },
	{ METERBUS_A_FINDING_ECHO,		METERBUS_REASON_ECHO },
	{ METERBUS_A_FINDING_PARITY,	METERBUS_REASON_PARITY },
};

static const struct named_count error_names[] = {
	{ METERBUS_A_ERROR_PARITY,		METERBUS_ERROR_PARITY },
	{ METERBUS_A_ERROR_FRAMING,		METERBUS_ERROR_FRAMING },
	{ METERBUS_A_ERROR_BREAK,		METERBUS_ERROR_BREAK },
	{ METERBUS_A_ERROR_OVERRUN,		METERBUS_ERROR_OVERRUN },
};

static bool put_uint(struct sk_buff *skb, int attribute, u64 value)
{
	return !nla_put_uint(skb, attribute, value);
}

static bool put_counts(struct sk_buff *skb, int attribute, const u64 *counts,
		       const struct named_count *names, size_t n)
{
	struct nlattr *nest = nla_nest_start(skb, attribute);
	size_t i;

	if (!nest)
		return false;
	for (i = 0; i < n; i++) {
		if (!put_uint(skb, names[i].attribute, counts[names[i].index]))
			return false;
	}
	nla_nest_end(skb, nest);
	return true;
}

/* A notice as attributes and values; the repeats are separate. */
static const struct notice_row {
	u16 attribute;
	u16 offset;
} notice_rows[] = {
	{ METERBUS_A_BUS_BAUD, offsetof(struct mbus_notice, baud) },
	{ METERBUS_A_BUS_FORMAT, offsetof(struct mbus_notice, format) },
	{ METERBUS_A_BUS_BAUD_WANTED,
	  offsetof(struct mbus_notice, baud_wanted) },
	{ METERBUS_A_BUS_BAUD_REFUSED,
	  offsetof(struct mbus_notice, baud_refused) },
	{ METERBUS_A_BUS_ECHO_LEARNT,
	  offsetof(struct mbus_notice, echo_learnt) },
	{ METERBUS_A_BUS_LINK_DOWN, offsetof(struct mbus_notice, link_down) },
	{ METERBUS_A_BUS_GUARD_US,
	  offsetof(struct mbus_notice, timing.guard_us) },
	{ METERBUS_A_BUS_SLACK_US,
	  offsetof(struct mbus_notice, timing.slack_us) },
	{ METERBUS_A_BUS_GAP_US, offsetof(struct mbus_notice, timing.gap_us) },
	{ METERBUS_A_BUS_WINDOW_US,
	  offsetof(struct mbus_notice, timing.window_us) },
	{ METERBUS_A_BUS_ECHO, offsetof(struct mbus_notice, timing.echo) },
	{ METERBUS_A_BUS_DEFAULTS,
	  offsetof(struct mbus_notice, timing.defaults) },
};

static u32 notice_value(const struct mbus_notice *notice,
			const struct notice_row *row)
{
	return *(const u32 *)((const u8 *)notice + row->offset);
}

/* All of @now, or what differs from @before. */
static bool put_notice(struct sk_buff *skb, const struct mbus_notice *now,
		       const struct mbus_notice *before)
{
	const struct notice_row *row;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(notice_rows); i++) {
		row = &notice_rows[i];
		if (before &&
		    notice_value(now, row) == notice_value(before, row))
			continue;
		if (nla_put_u32(skb, row->attribute, notice_value(now, row)))
			return false;
	}
	if (before && before->timing.repeats == now->timing.repeats)
		return true;
	return !nla_put_u8(skb, METERBUS_A_BUS_REPEATS, now->timing.repeats);
}

/* Without an answer there is no delay. */
static bool put_delays(struct sk_buff *skb, const struct mbus_line_stats *stats)
{
	u64 mean_us;

	if (!stats->delays)
		return true;
	mean_us = div64_u64(stats->delay_sum_ns,
			    stats->delays * NSEC_PER_USEC);
	return !nla_put_u32(skb, METERBUS_A_BUS_DELAY_MIN_US,
			    div_u64(stats->delay_min_ns, NSEC_PER_USEC)) &&
	       !nla_put_u32(skb, METERBUS_A_BUS_DELAY_MEAN_US, mean_us) &&
	       !nla_put_u32(skb, METERBUS_A_BUS_DELAY_MAX_US,
			    div_u64(stats->delay_max_ns, NSEC_PER_USEC));
}

static bool put_stats(struct sk_buff *skb, const struct mbus_line_stats *stats)
{
	return put_uint(skb, METERBUS_A_BUS_FRAMES_SENT, stats->frames_sent) &&
	       put_uint(skb, METERBUS_A_BUS_FRAMES_RECEIVED,
			stats->frames_received) &&
	       put_uint(skb, METERBUS_A_BUS_BYTES_RECEIVED,
			stats->bytes_received) &&
	       put_uint(skb, METERBUS_A_BUS_LATE, stats->late) &&
	       put_delays(skb, stats) &&
	       put_counts(skb, METERBUS_A_BUS_OUTCOMES, stats->outcomes,
			  outcome_names, ARRAY_SIZE(outcome_names)) &&
	       put_counts(skb, METERBUS_A_BUS_FINDINGS, stats->findings,
			  finding_names, ARRAY_SIZE(finding_names)) &&
	       put_counts(skb, METERBUS_A_BUS_ERRORS, stats->errors,
			  error_names, ARRAY_SIZE(error_names));
}

static bool put_added(struct sk_buff *skb, int attribute,
		      const struct mbus_added *added)
{
	u16 len = mbus_added_learnt(added);

	return !len || !nla_put(skb, attribute, len, added->bytes);
}

static bool put_babble(struct sk_buff *skb, const struct mbus_babble *babble)
{
	return put_uint(skb, METERBUS_A_BUS_UNASKED, babble->total) &&
	       (!babble->rate ||
		(!nla_put_u32(skb, METERBUS_A_BUS_BABBLE, babble->rate) &&
		 !nla_put_u8(skb, METERBUS_A_BUS_BABBLE_BYTE, babble->byte)));
}

static bool put_status(struct sk_buff *skb, const struct mbus_status *status)
{
	return put_notice(skb, &status->notice, NULL) &&
	       !nla_put_u32(skb, METERBUS_A_BUS_STATE, status->state) &&
	       !nla_put_u32(skb, METERBUS_A_BUS_CLIENTS, status->clients) &&
	       put_uint(skb, METERBUS_A_BUS_RECORDS_LOST,
			status->records_lost) &&
	       put_uint(skb, METERBUS_A_BUS_WRITES_DROPPED,
			status->writes_dropped) &&
	       put_stats(skb, &status->stats) &&
	       put_added(skb, METERBUS_A_BUS_ADDS_BEFORE, &status->before) &&
	       put_added(skb, METERBUS_A_BUS_ADDS_AFTER, &status->after) &&
	       put_babble(skb, &status->babble);
}

/* Destination of a message, and the request it answers. */
struct destination {
	u32 portid;
	u32 seq;
	int flags;
	struct netlink_callback *dump;
};

static int fill_bus(struct sk_buff *skb, struct mbus_bus *bus,
		    const struct destination *to, u8 command)
{
	struct mbus_status status;
	void *header;

	mbus_bus_get_status(bus, &status);
	header = genlmsg_put(skb, to->portid, to->seq, &mbus_family, to->flags,
			     command);
	if (!header)
		return -EMSGSIZE;
	if (to->dump)
		genl_dump_check_consistent(to->dump, header);
	if (nla_put_u32(skb, METERBUS_A_BUS_ID, bus->id) ||
	    nla_put_string(skb, METERBUS_A_BUS_TTY, bus->tty_name) ||
	    !put_status(skb, &status)) {
		genlmsg_cancel(skb, header);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, header);
	return 0;
}

/* The bus a request is about, with a reference, or an ERR_PTR() explained. */
static struct mbus_bus *requested_bus(struct genl_info *info)
{
	struct mbus_bus *bus;

	if (GENL_REQ_ATTR_CHECK(info, METERBUS_A_BUS_ID)) {
		NL_SET_ERR_MSG(info->extack, "the id of the bus is missing");
		return ERR_PTR(-EINVAL);
	}
	bus = mbus_registry_get(nla_get_u32(info->attrs[METERBUS_A_BUS_ID]));
	if (!bus) {
		NL_SET_ERR_MSG_ATTR(info->extack, info->attrs[METERBUS_A_BUS_ID],
				    "no tty is attached as this bus");
		return ERR_PTR(-ENODEV);
	}
	return bus;
}

int meterbus_nl_bus_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct destination to = {
		.portid = info->snd_portid,
		.seq = info->snd_seq,
	};
	struct mbus_bus *bus = requested_bus(info);
	struct sk_buff *reply;
	int ret;

	if (IS_ERR(bus))
		return PTR_ERR(bus);

	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply) {
		ret = -ENOMEM;
		goto put_bus;
	}
	ret = fill_bus(reply, bus, &to, METERBUS_CMD_BUS_GET);
	if (ret)
		nlmsg_free(reply);
	else
		ret = genlmsg_reply(reply, info);
put_bus:
	mbus_registry_put(bus);
	return ret;
}

int meterbus_nl_bus_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct destination to = {
		.portid = NETLINK_CB(cb->skb).portid,
		.seq = cb->nlh->nlmsg_seq,
		.flags = NLM_F_MULTI,
		.dump = cb,
	};
	u32 id = cb->args[0];
	struct mbus_bus *bus;
	int ret = 0;

	while (!ret && (bus = mbus_registry_next(&id, &cb->seq))) {
		ret = fill_bus(skb, bus, &to, METERBUS_CMD_BUS_GET);
		mbus_registry_put(bus);
		if (!ret)
			id++;
	}
	cb->args[0] = id;
	return skb->len;
}

/* A time that is set stops following the baud rate, unless it is to follow. */
static void set_time(const struct nlattr *attr, u32 *time, u32 *defaults,
		     u32 follows)
{
	if (!attr)
		return;
	*time = nla_get_u32(attr);
	*defaults &= ~follows;
}

/* Called by mbus_bus_set() with the settings as they are. */
static void apply(struct mbus_timing *timing, const void *data)
{
	struct nlattr *const *attrs = data;

	set_time(attrs[METERBUS_A_BUS_GUARD_US], &timing->guard_us,
		 &timing->defaults, METERBUS_TIMING_GUARD);
	set_time(attrs[METERBUS_A_BUS_GAP_US], &timing->gap_us,
		 &timing->defaults, METERBUS_TIMING_GAP);
	set_time(attrs[METERBUS_A_BUS_WINDOW_US], &timing->window_us,
		 &timing->defaults, METERBUS_TIMING_WINDOW);
	set_time(attrs[METERBUS_A_BUS_SLACK_US], &timing->slack_us,
		 &timing->defaults, 0);
	if (attrs[METERBUS_A_BUS_REPEATS])
		timing->repeats = nla_get_u8(attrs[METERBUS_A_BUS_REPEATS]);
	if (attrs[METERBUS_A_BUS_ECHO])
		timing->echo = nla_get_u32(attrs[METERBUS_A_BUS_ECHO]);
	if (attrs[METERBUS_A_BUS_DEFAULTS])
		timing->defaults = nla_get_u32(attrs[METERBUS_A_BUS_DEFAULTS]);
}

/* Checks that the policy cannot express on all kernels. */
static int check_times(struct genl_info *info)
{
	static const u8 times[] = {
		METERBUS_A_BUS_GUARD_US, METERBUS_A_BUS_SLACK_US, METERBUS_A_BUS_GAP_US,
		METERBUS_A_BUS_WINDOW_US,
	};
	struct nlattr *attr;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(times); i++) {
		attr = info->attrs[times[i]];
		if (attr && nla_get_u32(attr) > METERBUS_TIME_MAX_US) {
			NL_SET_ERR_MSG_ATTR(info->extack, attr,
					    "a time is longer than 60 s");
			return -EINVAL;
		}
	}
	return 0;
}

int meterbus_nl_bus_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct mbus_change change = { .apply = apply, .data = info->attrs };
	struct mbus_bus *bus = requested_bus(info);
	int ret;

	if (IS_ERR(bus))
		return PTR_ERR(bus);
	if (info->attrs[METERBUS_A_BUS_BAUD])
		change.baud = nla_get_u32(info->attrs[METERBUS_A_BUS_BAUD]);
	ret = check_times(info);
	if (ret)
		goto put_bus;
	ret = mbus_bus_set(bus, &change);
	if (ret == -EINVAL)
		NL_SET_ERR_MSG(info->extack, "a value is out of range");
	else if (ret == -ENODEV)
		NL_SET_ERR_MSG(info->extack, "the tty went away");
put_bus:
	mbus_registry_put(bus);
	return ret;
}

static const struct genl_multicast_group mbus_groups[] = {
	[METERBUS_NLGRP_EVENTS] = { .name = METERBUS_MCGRP_EVENTS },
	[METERBUS_NLGRP_ACTIVITY] = {
		.name = METERBUS_MCGRP_ACTIVITY,
		.flags = GENL_MCAST_CAP_NET_ADMIN,
	},
};

/*
 * Buses belong to no network namespace, as their device nodes do not: the
 * family is in all of them. GENL_ADMIN_PERM asks for CAP_NET_ADMIN in the first
 * user namespace, so that no container can change a setting by its own root.
 */
static struct genl_family mbus_family __ro_after_init = {
	.name		= METERBUS_FAMILY_NAME,
	.version	= METERBUS_FAMILY_VERSION,
	.module		= THIS_MODULE,
	.parallel_ops	= true,
	.netnsok	= true,
	.ops		= meterbus_nl_ops,
	.n_ops		= ARRAY_SIZE(meterbus_nl_ops),
	.mcgrps		= mbus_groups,
	.n_mcgrps	= ARRAY_SIZE(mbus_groups),
};

/**
 * mbus_netlink_watched() - whether a notification would reach a listener
 * @state: of the state, else of any other change
 *
 * In any context. The groups' listeners are counted in all namespaces.
 *
 * Return: true if so.
 */
bool mbus_netlink_watched(bool state)
{
	return genl_has_listeners(&mbus_family, &init_net,
				  state ? METERBUS_NLGRP_ACTIVITY :
					  METERBUS_NLGRP_EVENTS);
}

/*
 * A message that finds no memory is lost, as messages of a multicast group may
 * be.
 */
static void send_bus(struct mbus_bus *bus, u8 command)
{
	const struct destination to = {};
	struct sk_buff *skb;

	if (!mbus_netlink_watched(false))
		return;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!skb)
		return;
	if (fill_bus(skb, bus, &to, command)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_multicast_allns(&mbus_family, skb, 0, METERBUS_NLGRP_EVENTS);
}

/**
 * mbus_netlink_added() - notify listeners of a new bus
 * @bus: the bus
 *
 * In process context, as all that follow.
 */
void mbus_netlink_added(struct mbus_bus *bus)
{
	send_bus(bus, METERBUS_CMD_BUS_ADD_NTF);
}

/**
 * mbus_netlink_removed() - notify listeners of the end of a bus
 * @bus: the bus
 */
void mbus_netlink_removed(struct mbus_bus *bus)
{
	send_bus(bus, METERBUS_CMD_BUS_DEL_NTF);
}

/* Starts a message that carries a part of a bus, or returns NULL. */
static struct sk_buff *new_event(struct mbus_bus *bus, u8 command,
				 void **header)
{
	struct sk_buff *skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);

	if (!skb)
		return NULL;
	*header = genlmsg_put(skb, 0, 0, &mbus_family, 0, command);
	if (*header && !nla_put_u32(skb, METERBUS_A_BUS_ID, bus->id))
		return skb;
	nlmsg_free(skb);
	return NULL;
}

/**
 * mbus_netlink_changed() - notify listeners of changes
 * @bus: the bus
 * @before: as it was
 * @now: as it is
 */
void mbus_netlink_changed(struct mbus_bus *bus,
			  const struct mbus_notice *before,
			  const struct mbus_notice *now)
{
	struct sk_buff *skb;
	void *header;

	if (!mbus_netlink_watched(false))
		return;
	skb = new_event(bus, METERBUS_CMD_BUS_CHANGE_NTF, &header);
	if (!skb)
		return;
	if (!put_notice(skb, now, before)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast_allns(&mbus_family, skb, 0, METERBUS_NLGRP_EVENTS);
}

/**
 * mbus_netlink_state() - notify listeners of activity on a bus
 * @bus: the bus
 * @state: enum meterbus_state
 */
void mbus_netlink_state(struct mbus_bus *bus, u32 state)
{
	struct sk_buff *skb;
	void *header;

	if (!mbus_netlink_watched(true))
		return;
	skb = new_event(bus, METERBUS_CMD_BUS_STATE_NTF, &header);
	if (!skb)
		return;
	if (nla_put_u32(skb, METERBUS_A_BUS_STATE, state)) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, header);
	genlmsg_multicast_allns(&mbus_family, skb, 0, METERBUS_NLGRP_ACTIVITY);
}

int mbus_netlink_init(void)
{
	return genl_register_family(&mbus_family);
}

void mbus_netlink_exit(void)
{
	genl_unregister_family(&mbus_family);
}
