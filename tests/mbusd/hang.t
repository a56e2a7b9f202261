#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A tty that does not respond: its bus is abandoned, all others continue.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/mbusd.sh"

all_read()
{
	: >"$tmp/log"
	wait_for_line "$tmp/log" "$1: readout [0-9]+ is in the store"
}

config 2 3 'schedule = 1s'
daemon
wait_for_line "$tmp/log" 'm0-2: readout [0-9]+ is in the store'
cp "$tmp/mbusd.conf" "$tmp/both"
: >"$tmp/bus0.ini.hang"
wait_for_file "$tmp/bus0.ini.hung"
all_read m1-2
ok $? 'the other bus is read while one hangs'

# A reload that removes the bus.
sed -i '/^\[bus bus0\]/,/^\[bus bus1\]/{/^\[bus bus1\]/!d}' "$tmp/mbusd.conf"
: >"$tmp/log"
kill -HUP "$pid"
wait_for_line "$tmp/log" 'bus bus0: .* does not answer; its thread is abandoned'
ok $? 'a reload abandons it and logs its name'
wait_for_line "$tmp/log" 'mbusd.conf is in use now'
ok $? 'the reload is completed'
all_read m1-2
ok $? 'the other bus is still read'

# The adapter answers again: the thread that was abandoned ends, a new one reads.
rm "$tmp/bus0.ini.hang" "$tmp/bus0.ini.hung"
cp "$tmp/both" "$tmp/mbusd.conf"
kill -HUP "$pid"
all_read m0-2
ok $? 'when it responds again, a reload restores it'

: >"$tmp/bus0.ini.hang"
wait_for_file "$tmp/bus0.ini.hung"
all_read m1-2
kill "$pid"
wait "$pid"
is $? 0 'SIGTERM ends the daemon while it hangs'
is "$(db 'PRAGMA integrity_check')" ok 'the store is intact'

done_testing
