/* SPDX-License-Identifier: GPL-2.0-only */
/* nla_put_uint() came with 6.7. */
#ifndef MBUS_COMPAT_NET_NETLINK_H
#define MBUS_COMPAT_NET_NETLINK_H

#include_next <net/netlink.h>

#ifndef MBUS_HAVE_NLA_PUT_UINT
static inline int nla_put_uint(struct sk_buff *skb, int attrtype, u64 value)
{
	u64 tmp64 = value;
	u32 tmp32 = value;

	if (tmp64 == tmp32)
		return nla_put_u32(skb, attrtype, tmp32);
	return nla_put(skb, attrtype, sizeof(u64), &tmp64);
}
#endif

#endif
