// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Events of buses: the multicast groups of the driver's netlink family. A
 * change names only what has changed; the rest of the status is asked for.
 */
#include <stdbool.h>
#include <stdlib.h>

#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>

#include "bus/netlink.h"

struct meterbus_events {
	struct meterbus_netlink *netlink;
	struct meterbus_netlink *query;
	struct nl_cb *cb;
	/* Filled by the callback of the message that is being received. */
	bool seen;
	enum meterbus_event event;
	struct meterbus_status *status;
};

static int on_event(struct nl_msg *msg, void *arg)
{
	const struct genlmsghdr *header = genlmsg_hdr(nlmsg_hdr(msg));
	struct meterbus_events *events = arg;
	uint32_t state;

	if (netlink_parse_status(msg, events->status))
		return NL_SKIP;
	state = events->status->info.state;
	switch (header->cmd) {
	case METERBUS_CMD_BUS_ADD_NTF:
		events->event = METERBUS_EVENT_ATTACHED;
		break;
	case METERBUS_CMD_BUS_DEL_NTF:
		events->event = METERBUS_EVENT_DETACHED;
		break;
	case METERBUS_CMD_BUS_CHANGE_NTF:
	case METERBUS_CMD_BUS_STATE_NTF:
		/* A bus that is gone meanwhile has an event of its own. */
		if (netlink_get(events->query, events->status->info.bus,
				events->status, NULL) < 0)
			return NL_SKIP;
		if (header->cmd == METERBUS_CMD_BUS_STATE_NTF)
			events->status->info.state = state;
		events->event = METERBUS_EVENT_CHANGED;
		break;
	default:
		return NL_SKIP;
	}
	events->seen = true;
	return NL_STOP;
}

/* Multicast messages carry no number of ours. */
static int any_sequence(struct nl_msg *msg, void *arg)
{
	(void)msg;
	(void)arg;
	return NL_OK;
}

struct meterbus_events *meterbus_events_open(struct meterbus_error *err)
{
	struct meterbus_events *events = calloc(1, sizeof(*events));

	if (!events) {
		meterbus_fail(err, METERBUS_E_SYSTEM, "out of memory");
		return NULL;
	}
	events->netlink = netlink_open(err);
	events->query = netlink_open(err);
	if (!events->netlink || !events->query)
		goto close_events;
	events->cb = nl_cb_alloc(NL_CB_DEFAULT);
	/* Without CAP_NET_ADMIN there are no events of activity. */
	netlink_join(events->netlink, METERBUS_MCGRP_ACTIVITY);
	if (!events->cb ||
	    netlink_join(events->netlink, METERBUS_MCGRP_EVENTS) < 0) {
		meterbus_fail(err, METERBUS_E_SYSTEM,
			      "the driver's events cannot be subscribed to");
		goto close_events;
	}
	nl_cb_set(events->cb, NL_CB_VALID, NL_CB_CUSTOM, on_event, events);
	nl_cb_set(events->cb, NL_CB_SEQ_CHECK, NL_CB_CUSTOM, any_sequence,
		  NULL);
	return events;

close_events:
	meterbus_events_close(events);
	return NULL;
}

void meterbus_events_close(struct meterbus_events *events)
{
	if (events->cb)
		nl_cb_put(events->cb);
	netlink_close(events->netlink);
	netlink_close(events->query);
	free(events);
}

int meterbus_events_fd(const struct meterbus_events *events)
{
	return nl_socket_get_fd(events->netlink->sock);
}

int meterbus_events_next(struct meterbus_events *events,
			 enum meterbus_event *event,
			 struct meterbus_status *status,
			 struct meterbus_error *err)
{
	int ret;

	events->status = status;
	do {
		events->seen = false;
		ret = nl_recvmsgs(events->netlink->sock, events->cb);
	} while (ret >= 0 && !events->seen);
	if (ret == -NLE_NOMEM)
		return 0;
	if (ret < 0)
		return meterbus_fail(err, METERBUS_E_SYSTEM,
				     "events by generic netlink: %s",
				     nl_geterror(ret));
	*event = events->event;
	return 1;
}
