# SPDX-License-Identifier: GPL-2.0-only
#
# compat-include holds what older kernels lack. In the kernel tree the uAPI headers
# would lie where the compiler looks for them, and none of this would be needed.
# Included by Kbuild and by that of tests/kernel/tty_sim.

NOSTDINC_FLAGS += -I$(compat)/compat-include

# What a kernel has, its headers say: stable kernels get interfaces of newer
# ones, so that the version does not.
have = $(if $(shell grep -lw '$(2)' $(srctree)/include/$(1) 2>/dev/null),-DMBUS_HAVE_$(3))
ccflags-y += $(call have,linux/fs.h,copy_splice_read,COPY_SPLICE_READ)
ccflags-y += $(call have,linux/hrtimer.h,hrtimer_setup,HRTIMER_SETUP)
ccflags-y += $(call have,linux/tty_driver.h,ssize_t (\*write),TTY_WRITE_SIZE_T)
ccflags-y += $(call have,linux/tty_ldisc.h,u8 \*fp,RECEIVE_BUF_SIZE_T)
ccflags-y += $(call have,net/netlink.h,nla_put_uint,NLA_PUT_UINT)
