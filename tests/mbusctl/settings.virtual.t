#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# mbusctl set, status and events: the settings of the driver.

. "$(dirname "$0")/lane.sh"

setting()
{
	"$mbusctl" status --json | jq -r "$1"
}

simulate single
background "$mbusctl" events --json >"$tmp/events"
watcher=$pid
# It listens once it has printed an event.
until [ -s "$tmp/events" ]; do
	"$mbusctl" attach --background "$pty" >/dev/null
	"$mbusctl" detach >/dev/null
done
hold "$pty"

run_ok 'several settings at once' "$mbusctl" set --guard 75 --repeats 1 --echo off
is "$(setting '.timing | "\(.guard_us) \(.repeats) \(.echo)"')" '75000 1 off' \
	'are printed by status'
is "$(setting .timing.slack_us)" 20000 'and the others are not changed'
run_ok 'a time may follow the baud rate again' "$mbusctl" set --guard auto
is "$(setting .timing.guard_us)" 60000 'with its default'
run_ok 'the baud rate' "$mbusctl" set --baud 9600
is "$(setting '"\(.baud) \(.timing.window_us)"')" '9600 84375' \
	'is the tty'\''s, and the window follows'
is "$(stty -F "$pty" speed 2>/dev/null)" 9600 'as stty sees it'

python3 - <<'END'
import os
for _ in range(100):
    bus = os.open('/dev/mbus0', os.O_WRONLY)
    os.write(bus, bytes.fromhex('1040014116'))
    os.close(bus)
END
is "$(setting '.writes_dropped > 0')" true \
	'frames that programs left behind are dropped and counted'
like "$("$mbusctl" status)" \
	'frames dropped: [1-9][0-9]*, of programs that wrote too many and ended' \
	'and status shows it'

run_is 2 'set without settings is a usage error' "$mbusctl" set
one_line 2 ".*--guard '-1': not a time" 'a negative time' "$mbusctl" set --guard -1
one_line 2 ".*--guard '60001': not a time" 'a time too long' "$mbusctl" set --guard 60001
one_line 2 ".*--echo 'maybe'" 'an unknown echo mode' "$mbusctl" set --echo maybe
one_line 2 ".*--repeats '11'" 'too many repeats' "$mbusctl" set --repeats 11
run_is 2 'and so is an unexpected argument' "$mbusctl" set --guard 1 x
one_line 3 '.*mbus9' 'a bus that is not there' "$mbusctl" set -b mbus9 --guard 1
chmod o+x "$tmp"
one_line 4 'mbus0: settings need CAP_NET_ADMIN' 'a user without permission' \
	setpriv --reuid 65534 --clear-groups "$mbusctl" set --guard 1
is "$(setting .timing.guard_us)" 60000 'a refused setting changes nothing'
run_ok 'every user may read the status' setpriv --reuid 65534 --clear-groups "$mbusctl" status

stop "$holder"
wait_for_line "$tmp/events" '"detached"'
stop "$watcher"
like "$(jq -r .event "$tmp/events")" '^attached$' 'events reports the attach'
is "$(jq -r .event "$tmp/events" | tail -n 1)" detached 'and end with the detach'
is "$(jq -r 'select(.timing.guard_us == 75000).event' "$tmp/events" | head -n 1)" \
	changed 'a change of a setting is an event'

done_testing
