#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# KUnit of frame.c and line.c, in the kernel: its KTAP is passed on as TAP. It
# is read from the kernel's log, as debugfs of older kernels keeps only the last
# row of a table.
. "$(dirname "$0")/../lib/tap.sh"

run_ok 'the module loads' insmod "${MBUS_KO%/*}/mbus_kunit.ko"
dmesg | sed -n 's/^\[[^]]*\] //p' >"$tmp/log"

# One line for each test that has none below it: behind those follows their
# sum, not as far to the right.
awk '
	/^ *(not )?ok [0-9]+ / {
		depth = match($0, /[^ ]/)
		if (depth >= last)
			print
		last = depth
	}' "$tmp/log" >"$tmp/tests"
while read -r word rest; do
	case $word in
	ok) pass "${rest#* }" ;;
	*) fail "${rest#* }" ;;
	esac
done <"$tmp/tests"

for suite in mbus_frame mbus_line; do
	grep -q "^ok [0-9]* $suite$" "$tmp/log"
	ok $? "$suite as a whole" || grep "^ *# .*EXPECT" "$tmp/log" >&2
	# A table whose rows were not run would pass, too.
	[ "$(grep -c "" "/sys/kernel/debug/kunit/$suite/results")" -gt 0 ]
	ok $? "$suite is listed"
done
[ "$(wc -l <"$tmp/tests")" -gt 100 ]
ok $? 'the tables were run row by row'
run_ok 'and it unloads' rmmod mbus_kunit

done_testing
