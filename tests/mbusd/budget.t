#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# reads-per-day is kept, also across restarts of the daemon.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/mbusd.sh"

# At noon, so that midnight does not fall into the test.
TZ=X$(($(date -u +%-H) - 12))
export TZ

config 1 2 'schedule = 1s'
sed -i '/^\[meter m0-1\]/a reads-per-day = 3' "$tmp/mbusd.conf"
daemon
wait_for_line "$tmp/log" 'm0-1 has been read 3 times today, its reads-per-day'
ok $? 'reaching reads-per-day is logged'
kill -9 "$pid"
wait "$pid" 2>/dev/null
daemon
wait_for_line "$tmp/log" 'm0-1 has been read 3 times today'
ok $? 'the count survives kill -9'
: >"$tmp/log"
wait_for_line "$tmp/log" 'm0-0: readout .* is in the store' &&
	: >"$tmp/log" && wait_for_line "$tmp/log" 'm0-0: readout'
ok $? 'other meters are still read'
is "$(db "SELECT count(*) FROM readout JOIN meter ON meter.id = meter
	WHERE name = 'm0-1'")" 3 'this meter was asked three times only'

# Failed attempts use the battery as well.
sed -i '/^address = 10000001/s/.*/address = 99999999/; s/m0-1/absent/' \
	"$tmp/mbusd.conf"
: >"$tmp/log"
kill -HUP "$pid"
wait_for_line "$tmp/log" 'absent has been read 3 times today'
ok $? 'failed attempts count'
stop "$pid"

done_testing
