#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# limit: 7200 s, as each fault is a build of the driver and some hundred programs
#
# The fuzzer finds faults: each is put into a copy of the driver, and the programs
# of one seed find it within MBUS_FAULT_SECONDS (300).
. "$(dirname "$0")/../../lib/tap.sh"

lanes=${MBUS_LANES:-$top/.lanes}
copy=$build/fuzz/faulty

"$top/tests/lanes" uml-module || give_up 'no module for UML'
cd "$top" || exit 1
rm -rf "$copy/include" "$copy/kernel/compat-include"
mkdir -p "$copy/kernel/tests"
cp -r include "$copy/include"
cp -r kernel/compat-include "$copy/kernel/"

# fault NAME FILE EXPRESSION: of perl, over the whole file.
fault()
{
	# What is as it was keeps its time, so that little is built.
	for file in kernel/*.[ch] kernel/*.mk kernel/Kbuild kernel/tests/*.[ch]; do
		case $file in *.mod.c) continue ;; esac
		cmp -s "$file" "$copy/$file" || cp "$file" "$copy/$file"
	done
	perl -0pi -e "$3" "$copy/kernel/$2"
	! cmp -s "$top/kernel/$2" "$copy/kernel/$2" || {
		fail "$1: $2 has another text"
		return
	}
	make -s -C "$lanes/linux-source-6.1" ARCH=um "O=$lanes/uml" \
		"M=$copy/kernel" modules >"$tmp/build" 2>&1 || {
		fail "$1: builds"
		diag "$(cat "$tmp/build")"
		return
	}
	MBUS_KO=$copy/kernel/mbus.ko \
	MBUS_TEST_TTY_KO=$build/uml-module/tests/kernel/tty_sim/mbus_test_tty.ko \
		"$top/tests/fuzz/kernel/run" -s "${MBUS_FAULT_SECONDS:-300}" -r 1 \
		>"$tmp/found" 2>&1
	# Not any failure: what the fuzzer or the kernel reports.
	like "$(cat "$tmp/found")" '^not ok - program|the kernel reported:' "found: $1"
	diag "$(grep -m 1 -e '^not ok' -e 'WARNING' -e 'BUG:' "$tmp/found")"
}

fault 'the device of a bus has the tty as its parent' registry.c \
	's/#include "bus.h"/#include <linux\/tty.h>\n$&/;
	 s/\tbus->dev.class = &mbus_class;\n/$&\tbus->dev.parent = bus->tty->dev;\n/'
fault 'a request for a rate waits until the tty has it' bus.c \
	's/#include <linux\/slab.h>/#include <linux\/delay.h>\n$&/;
	 s/(int mbus_bus_set\(.*?spin_unlock_bh\(&bus->lock\);\n)/$1\twhile (READ_ONCE(bus->baud_wanted))\n\t\tmsleep(10);\n/s'
fault 'frames of closed files are not limited' arbiter.c \
	's/METERBUS_QUEUE_CLOSED_MAX/1000/g'
fault 'a transaction goes on after its program was killed' bus.c \
	's/(bool unsent = request->state == MBUS_REQUEST_QUEUED) \|\|\n.*?;/$1;/s'
fault 'a wait begins anew with each signal' chardev.c \
	's/\tif \(\(ret == -ERESTARTSYS.*?return -EFAULT;\n//s'
fault 'the line does not follow the rate of the tty' bus.c \
	's/(void mbus_bus_termios\(.*?\{\n)\t.*?;\n/$1/s;
	 s/\ttake_settings\(bus, mbus_tty_read_settings\(bus->tty\)\);\n//g'
fault 'an error of the kernel goes into an ack' netlink.c \
	's/(ret = mbus_bus_set\(bus, &change\);\n)/$1\tif (change.baud)\n\t\tret = -ERESTARTSYS;\n/'
fault 'a hold waits in spite of O_NONBLOCK' chardev.c \
	's/struct mbus_wait wait = \{ .nonblock = nonblocking\(file\) \};/struct mbus_wait wait = {};/'

done_testing
