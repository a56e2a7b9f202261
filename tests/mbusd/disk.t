#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Disks that are full, read-only or damaged. A limit for the size of files does
# what a full disk does, and can be lifted again.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/mbusd.sh"

config 2 20 'schedule = 1s'
sed -i "s|^socket = none|socket = $tmp/api.sock|" "$tmp/mbusd.conf"
# shellcheck disable=SC3045 # dash has it
ulimit -S -f 1000
daemon
wait_for_line "$tmp/log" 'readouts wait in memory'
ok $? 'a full disk is logged'
like "$(cat "$tmp/log")" "$tmp/readings.db: .*writing resumes" 'with the remedy'
full=$(db "SELECT max(id) FROM readout")
before=$(db "SELECT count(*) FROM readout")
is "$full" "$before" 'stored readouts are kept'
wait_for_line "$tmp/log" 'm1-19 on bus bus1: read'
: >"$tmp/log"
wait_for_line "$tmp/log" 'm1-19 on bus bus1: read'
ok $? 'meters are still read'
is "$(grep -c 'wait in memory' "$tmp/log")" 0 'it is logged once'
run_ok 'mbusctl shows the state' "$build/mbusctl" status --daemon --socket "$tmp/api.sock"
like "$out" "^  store $tmp/readings.db: [01]\.[0-9] MB" 'mbusctl: size of the store'
like "$out" '^    [1-9][0-9]* readouts in memory, the oldest of 20' 'what waits'
like "$out" "^    problem: $tmp/readings.db: .*writing resumes" 'and why'
run "$build/mbusctl" status --daemon --json --socket "$tmp/api.sock"
is "$(echo "$out" | jq -r '[(.buses | length), (.outputs | length), .store_state.waiting > 0] |
	@text')" '[2,0,true]' 'as JSON, too'

prlimit --pid "$pid" --fsize=unlimited:unlimited
wait_for_line "$tmp/log" 'store available again; [1-9][0-9]* readouts that waited'
ok $? 'writing resumes when there is space'
run "$build/mbusctl" status --daemon --socket "$tmp/api.sock"
unlike "$out" 'problem:' 'mbusctl shows no problem then'
like "$out" '^    last error 20.*writing resumes' 'only the last one'
wait_for_line "$tmp/log" 'is in the store'
kill "$pid"
wait "$pid"
is $? 0 'the daemon ends without error'
is "$(db 'PRAGMA integrity_check')" ok 'the store is intact'
is "$(db "SELECT count(*) FROM readout a JOIN readout b ON b.id = a.id + 1
	AND b.bus = a.bus AND b.time_ns < a.time_ns")" 0 \
	'queued readouts are stored in order'
is "$(db "SELECT count(*) FROM (SELECT meter, time_ns / 1000000000 - lag(
	time_ns / 1000000000) OVER (PARTITION BY meter ORDER BY time_ns) AS gap
	FROM readout) WHERE gap > 3")" 0 'no readout of a meter is missing'
# shellcheck disable=SC3045 # dash has it
ulimit -S -f unlimited

# Without write permission there is an error; root can write anywhere but here.
mkdir "$tmp/sealed"
sed "s|^store = .*|store = $tmp/none/two/readings.db|" "$tmp/mbusd.conf" \
	>"$tmp/other.conf"
run "$sim" -c "$tmp/other.conf"
is $status 1 'a store in a missing folder is an error'
like "$err" "$tmp/none/two/readings.db.lock: No such file.* folder" 'with the reason'

if [ "$(id -u)" -eq 0 ]; then
	mkdir "$tmp/disk"
	cp "$tmp/readings.db" "$tmp/disk/"
	: >"$tmp/disk/readings.db.lock"
	sed "s|^store = .*|store = $tmp/disk/readings.db|" "$tmp/mbusd.conf" \
		>"$tmp/other.conf"
	run unshare -m sh -c "mount --bind '$tmp/disk' '$tmp/disk' &&
		mount -o remount,bind,ro '$tmp/disk' &&
		'$sim' -c '$tmp/other.conf'"
	is $status 1 'a read-only disk is an error'
	like "$err" "$tmp/disk/readings.db.*[Rr]ead-only" 'with the reason'
else
	skip 'a read-only disk is an error' 'needs root'
	skip 'with the reason' 'needs root'
fi

dd if=/dev/zero of="$tmp/readings.db" bs=4096 seek=3 count=40 conv=notrunc \
	2>/dev/null
cp "$tmp/readings.db" "$tmp/damaged"
daemon
wait_for_line "$tmp/log" 'readings.db: .*damaged'
ok $? 'a damaged store is logged'
like "$(cat "$tmp/log")" 'move the file away or repair it' 'with the remedy'
kill "$pid" 2>/dev/null
wait "$pid"

printf 'no database at all' >"$tmp/readings.db"
run "$sim" -c "$tmp/mbusd.conf"
is $status 2 'a file that is not a database is an error'
is "$(cat "$tmp/readings.db")" 'no database at all' 'and is not changed'

done_testing
