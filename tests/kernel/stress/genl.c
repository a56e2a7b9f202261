// SPDX-License-Identifier: GPL-2.0-only
/* Generic netlink messages, as odd as the caller likes. */
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <sys/socket.h>

#include <linux/meterbus_netlink.h>

#include "stress.h"

struct message {
	struct nlmsghdr head;
	struct genlmsghdr genl;
	char attributes[4096];
};

int genl_send(int sock, uint16_t family, uint8_t cmd, uint16_t flags,
	      const void *attributes, size_t len)
{
	struct message message = {
		.head = {
			.nlmsg_len = NLMSG_HDRLEN + GENL_HDRLEN + len,
			.nlmsg_type = family,
			.nlmsg_flags = NLM_F_REQUEST | flags,
		},
		.genl = { .cmd = cmd, .version = 1 },
	};

	memcpy(message.attributes, attributes, len);
	return send(sock, &message, message.head.nlmsg_len, 0);
}

void genl_drain(int sock)
{
	char buf[8192];

	while (recv(sock, buf, sizeof(buf), MSG_DONTWAIT) > 0)
		;
}

static const struct nlattr *find(const struct nlattr *at, size_t len,
				 uint16_t type)
{
	while (len >= NLA_HDRLEN && at->nla_len >= NLA_HDRLEN &&
	       at->nla_len <= len) {
		size_t step = NLA_ALIGN(at->nla_len);

		if ((at->nla_type & NLA_TYPE_MASK) == type)
			return at;
		if (step > len)
			break;
		len -= step;
		at = (const void *)((const char *)at + step);
	}
	return NULL;
}

static const void *value(const struct nlattr *at)
{
	return (const char *)at + NLA_HDRLEN;
}

/* A socket, and the family's number; -1 where there is no such family. */
int genl_open(uint16_t *family, uint32_t *group)
{
	struct sockaddr_nl local = { .nl_family = AF_NETLINK };
	struct timeval limit = { .tv_sec = 5 };
	struct {
		struct nlattr head;
		char name[12];
	} name = {
		.head = { .nla_len = NLA_HDRLEN + sizeof(METERBUS_FAMILY_NAME),
			  .nla_type = CTRL_ATTR_FAMILY_NAME },
		.name = METERBUS_FAMILY_NAME,
	};
	struct message reply;
	const struct nlattr *at, *groups;
	ssize_t len;
	int sock;

	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_GENERIC);
	if (sock < 0 || bind(sock, (void *)&local, sizeof(local)))
		goto none;
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (genl_send(sock, GENL_ID_CTRL, CTRL_CMD_GETFAMILY, 0, &name,
		      NLA_ALIGN(name.head.nla_len)) < 0)
		goto none;
	len = recv(sock, &reply, sizeof(reply), 0) - NLMSG_HDRLEN -
	      GENL_HDRLEN;
	if (len <= 0 || reply.head.nlmsg_type != GENL_ID_CTRL)
		goto none;
	at = find((void *)reply.attributes, len, CTRL_ATTR_FAMILY_ID);
	if (!at)
		goto none;
	memcpy(family, value(at), sizeof(*family));
	groups = find((void *)reply.attributes, len, CTRL_ATTR_MCAST_GROUPS);
	if (groups) {
		at = value(groups);
		at = find(value(at), at->nla_len - NLA_HDRLEN,
			  CTRL_ATTR_MCAST_GRP_ID);
		if (at)
			memcpy(group, value(at), sizeof(*group));
	}
	return sock;

none:
	if (sock >= 0)
		close(sock);
	return -1;
}
