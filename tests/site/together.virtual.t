#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Several programs on one bus: two read, one searches, one monitors.
. "$(dirname "$0")/site.sh"

site reference-site
# Programs that start take the lane's only CPU for a while, in virtual time,
# too, and the simulator stops meanwhile. Waiting costs nothing here.
run_ok 'the response window is raised' "$mbusctl" set --gap 2000 --slack 1000
background "$mbusctl" monitor --json >"$tmp/monitor" 2>"$tmp/monitor.err"
monitor=$pid

# reads ID FILE: reads a meter five times, one address a line.
reads()
{
	for _ in 1 2 3 4 5; do
		"$mbusctl" read --json "$1" | jq -r .telegrams[].meter.id
	done >"$2" 2>&1
}

reads 31892741 "$tmp/one" &
one=$!
reads 31892752 "$tmp/two" &
two=$!
"$mbusctl" scan --json --mask 3189274F >"$events"
is "$? $(count confirmed)" '0 10' 'a search beside two readers finds all'
wait $one $two
is "$(sort "$tmp/one" | uniq -c | tr -s ' ')" ' 5 31892741' \
	'one reader always got its meter'
is "$(sort "$tmp/two" | uniq -c | tr -s ' ')" ' 5 31892752' \
	'and so did the other'

stop "$monitor"
is "$(cat "$tmp/monitor.err")" '' 'the monitor reports no error'
heard=$(grep -c '"raw":"685E5E68' "$tmp/monitor")
is "$heard" 20 'and has every telegram: 10 found, 10 read'

# A program that is stopped by ^C prints what it has found.
"$mbusctl" scan --json >"$events" 2>"$tmp/scan.err" &
scan=$!
wait_for_line "$events" '"confirmed"' 600
kill -INT $scan
status=0
wait $scan || status=$?
is "$status" 130 'a search ended by SIGINT ends with 130'
is "$(tail -n 1 "$events" | jq -r '[.event, .stopped] | join(" ")')" \
	'summary true' 'its summary is marked as stopped'
ok "$([ "$(count confirmed)" -ge 1 ]; echo $?)" 'and counts what was found'
run_ok 'the bus is free' "$mbusctl" read 31892743
end_site

done_testing
