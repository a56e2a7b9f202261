#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Which file of the driver may include which: its own header, and those of the
# layers below it. A file that is in no layer, or in two, fails.
. "$(dirname "$0")/../lib/tap.sh"

# From top to bottom; files of one layer do not include each other.
layers='main
ldisc chardev netlink
netlink-gen request
client registry
bus
tty trace arbiter
line
answer
frame echo added babble late timing'

cd "$top/kernel" || exit 1

layer_of()
{
	echo "$layers" | awk -v "file=$1" '
		{ for (i = 1; i <= NF; i++) if ($i == file) print NR }'
}

for source in *.c *.h; do
	case $source in *.mod.c) continue ;; esac
	own=${source%.*}
	layer=$(layer_of "$own")
	wrong=
	for header in $(sed -n 's/^#include "\(.*\)\.h"$/\1/p' "$source"); do
		[ "$header" = "$own" ] && continue
		below=$(layer_of "$header")
		[ "${below:-0}" -gt "${layer:-99}" ] || wrong="$wrong $header.h"
	done
	is "${layer:-none}$wrong" "${layer:-one}" \
		"$source is in one layer and includes only what is below it"
done

# Pure: no lock, no allocation, no clock, no device, no waiting.
for source in arbiter line answer frame echo added babble late timing; do
	unlike "$(cat $source.c $source.h)" \
		'spin_lock|mutex|kmalloc|kzalloc|ktime_get|wait_event|linux/(device|slab|spinlock|sched|tty|workqueue)' \
		"$source is pure"
done

done_testing
