#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# mbusd with a bus behind a network gateway, which is lost and restored.
. "$(dirname "$0")/../gateway/lane.sh"
here=$top/tests/gateway

cat >"$tmp/mbusd.conf" <<END
[mbusd]
store = $tmp/readings.db
schedule = 1m
[api]
socket = none
[bus far]
tcp = 127.0.0.1:4001
[meter water]
address = 7
END

: >"$tmp/log"
background "$build/mbusd" -v -c "$tmp/mbusd.conf" 2>>"$tmp/log"
mbusd=$pid
wait_for_line "$tmp/log" 'bus far: .*4001' 60
ok $? 'an unreachable gateway is logged'

wire "$scenarios/multi-telegram.ini"
box
wait_for_line "$tmp/log" 'bus far is mbus0' 120
ok $? 'a reachable gateway is connected' || give_up "$(cat "$tmp/log")"
wait_for_line "$tmp/log" 'meter water: readout 1 is in the store' 120
ok $? 'its meter is read'
is "$(sqlite3 "$tmp/readings.db" 'SELECT count(*) FROM telegram')" 3 \
	'with all its telegrams'

stop "$gateway"
wait_for_line "$tmp/log" 'bus far: not connected' 120
ok $? 'a lost gateway is logged'
box
: >"$tmp/log"
wait_for_line "$tmp/log" 'meter water: readout [0-9]+ is in the store' 240
ok $? 'after the reconnect the meter is read again'
is "$(sqlite3 "$tmp/readings.db" "SELECT count(*) FROM readout
	WHERE outcome NOT IN ('read', 'no-link')")" 0 'no readout failed'
stop "$mbusd"
[ ! -e /dev/mbus0 ]
ok $? 'the bus ends with the daemon'

done_testing
