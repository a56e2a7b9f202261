/* SPDX-License-Identifier: GPL-2.0-only */
/* Older kernels lack kzalloc_obj(). */
#ifndef MBUS_COMPAT_LINUX_SLAB_H
#define MBUS_COMPAT_LINUX_SLAB_H

#include_next <linux/slab.h>

#ifndef kzalloc_obj
#define kzalloc_obj(obj, gfp) kzalloc(sizeof(obj), gfp)
#endif

#endif
