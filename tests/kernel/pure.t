#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The driver's pure files use no lock, no allocation, no clock and no device, and
# do not wait. What each file may include is in tests/house/rooms.
. "$(dirname "$0")/../lib/tap.sh"

cd "$top/kernel" || exit 1

pure=$(sed -n 's/^mbus-[a-z]* := //p' pure.mk | sed 's/\$([^)]*)//')
ok "$([ "$(echo "$pure" | wc -w)" -gt 1 ]; echo $?)" 'pure.mk names the pure files'
for source in $pure; do
	unlike "$(cat "$source.c" "$source.h")" \
		'spin_lock|mutex|kmalloc|kzalloc|ktime_get|wait_event|linux/(device|slab|spinlock|sched|tty|workqueue)' \
		"$source is pure"
done

done_testing
