/* SPDX-License-Identifier: GPL-2.0-only */
/* What the driver's pure files take of the kernel, in userspace. */
#ifndef SHIM_LINUX_KERNEL_H
#define SHIM_LINUX_KERNEL_H

#include <stddef.h>

#ifndef ARRAY_SIZE
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#endif

#define container_of(pointer, type, member) \
	((type *)((char *)(pointer) - offsetof(type, member)))

#define shim_pick(a, op, b)			\
	({					\
		__auto_type shim_a = (a);	\
		__auto_type shim_b = (b);	\
		shim_a op shim_b ? shim_a : shim_b; \
	})
#define min(a, b) shim_pick(a, <, b)
#define max(a, b) shim_pick(a, >, b)
#define max_t(type, a, b) shim_pick((type)(a), >, (type)(b))

#endif
