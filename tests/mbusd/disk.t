#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Disks that are full, read-only or damaged. A limit for the size of files does
# what a full disk does, and can be lifted again.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/mbusd.sh"

config 2 20 'schedule = 1s'
# shellcheck disable=SC3045 # dash has it
ulimit -S -f 1000
daemon
wait_for_line "$tmp/log" 'readouts wait in memory'
ok $? 'a full disk is told'
like "$(cat "$tmp/log")" "$tmp/readings.db: .*writing resumes" 'with what to do'
full=$(db "SELECT max(id) FROM readout")
before=$(db "SELECT count(*) FROM readout")
is "$full" "$before" 'what was there is there'
wait_for_line "$tmp/log" 'm1-19 on bus bus1: read'
: >"$tmp/log"
wait_for_line "$tmp/log" 'm1-19 on bus bus1: read'
ok $? 'meters are read all the same'
is "$(grep -c 'wait in memory' "$tmp/log")" 0 'it is told once, not each time'

prlimit --pid "$pid" --fsize=unlimited:unlimited
wait_for_line "$tmp/log" 'store available again; [1-9][0-9]* readouts that waited'
ok $? 'it goes on by itself when there is room'
wait_for_line "$tmp/log" 'is in the store'
kill "$pid"
wait "$pid"
is $? 0 'it ends in order'
is "$(db 'PRAGMA integrity_check')" ok 'the store is whole'
is "$(db "SELECT count(*) FROM readout a JOIN readout b ON b.id = a.id + 1
	AND b.bus = a.bus AND b.time_ns < a.time_ns")" 0 \
	'what waited is stored in order'
is "$(db "SELECT count(*) FROM (SELECT meter, time_ns / 1000000000 - lag(
	time_ns / 1000000000) OVER (PARTITION BY meter ORDER BY time_ns) AS gap
	FROM readout) WHERE gap > 3")" 0 'no turn of a meter is missing'
# shellcheck disable=SC3045 # dash has it
ulimit -S -f unlimited

# Whoever may not write to it is told; root may write anywhere but here.
mkdir "$tmp/sealed"
sed "s|^store = .*|store = $tmp/none/two/readings.db|" "$tmp/mbusd.conf" \
	>"$tmp/other.conf"
run "$sim" -c "$tmp/other.conf"
is $status 1 'a store whose folder is not there ends it'
like "$err" "$tmp/none/two/readings.db.lock: No such file.* folder" 'with a reason'

if [ "$(id -u)" -eq 0 ]; then
	mkdir "$tmp/disk"
	cp "$tmp/readings.db" "$tmp/disk/"
	: >"$tmp/disk/readings.db.lock"
	sed "s|^store = .*|store = $tmp/disk/readings.db|" "$tmp/mbusd.conf" \
		>"$tmp/other.conf"
	run unshare -m sh -c "mount --bind '$tmp/disk' '$tmp/disk' &&
		mount -o remount,bind,ro '$tmp/disk' &&
		'$sim' -c '$tmp/other.conf'"
	is $status 1 'a read-only disk ends it'
	like "$err" "$tmp/disk/readings.db.*[Rr]ead-only" 'with a reason'
else
	skip 'a read-only disk ends it' 'needs root'
	skip 'with a reason' 'needs root'
fi

dd if=/dev/zero of="$tmp/readings.db" bs=4096 seek=3 count=40 conv=notrunc \
	2>/dev/null
cp "$tmp/readings.db" "$tmp/damaged"
daemon
wait_for_line "$tmp/log" 'readings.db: .*damaged'
ok $? 'a damaged store is told'
like "$(cat "$tmp/log")" 'move the file away or repair it' 'with what to do'
kill "$pid" 2>/dev/null
wait "$pid"

printf 'no database at all' >"$tmp/readings.db"
run "$sim" -c "$tmp/mbusd.conf"
is $status 2 'what is no database ends it'
is "$(cat "$tmp/readings.db")" 'no database at all' 'and is left as it is'

done_testing
