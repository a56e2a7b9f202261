#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# mbusctl serve: masters that know TCP gateways only, on a bus that others use.
. "$(dirname "$0")/lane.sh"

select_45=680B0B6873FD5245278931FFFFFFFFE416
select_46=680B0B6873FD5246278931FFFFFFFFE516
request=107BFD7816
master=$here/master

wire reference-site --turnaround 37
bus=$("$mbusctl" attach --background --echo off "$pty")
background "$mbusctl" serve --tcp :4003 >"$tmp/serve.out" 2>"$tmp/serve.err"
serve=$pid
wait_for_line "$tmp/serve.out" '^mbus0 at ' || give_up "$(cat "$tmp/serve.err")"
is "$bus $(grep -v '\[::1\]' "$tmp/serve.out")" 'mbus0 mbus0 at 127.0.0.1:4003' \
	'without an address only this machine is served'

# --- one master

run_ok 'a master selects and reads' "$master" 4003 $select_45 $request
is "$(printf '%s\n' "$out" | sed 's/^\(E5\|685E5E68080072452789312423280 *4\).*/\1/')" \
	'E5
685E5E680800724527893124232804' 'and gets the acknowledge and its meter'
run "$master" 4003 105BFE5916 1040094916
is "$out" '00
-' 'a 00 of the converter comes as it is, silence as silence'
run "$master" 4003 "+FFFF00" "+1040" "@2" "+6803" "@2" "1040FD3D16$select_46" $request
is "$(printf '%s\n' "$out" | cut -c 1-30 | tail -n 1)" 685E5E680800724627893124232804 \
	'noise, halves of telegrams and two at once do no harm'

# --- several, at the same time

"$master" 4003 $select_45 $request $select_45 $request >"$tmp/first" &
first=$!
"$master" 4003 $select_46 $request $select_46 $request >"$tmp/second" &
second=$!
run_ok 'mbusctl reads beside two masters' "$mbusctl" read 31892747
wait $first $second
is "$(cut -c 1-30 "$tmp/first" | tr '\n' ' ')" \
	'E5 685E5E680800724527893124232804 E5 685E5E680800724527893124232804 ' \
	'the first reads what it selected'
is "$(cut -c 1-30 "$tmp/second" | tr '\n' ' ')" \
	'E5 685E5E680800724627893124232804 E5 685E5E680800724627893124232804 ' \
	'and so does the second'

# --- one that selects and goes to sleep

"$master" 4003 $select_45 @100 >"$tmp/sleeper" &
sleeper=$!
wait_for_line "$tmp/sleeper" E5
is "$(cat /sys/class/mbus/mbus0/state)" held 'the bus is kept for who selected'
run_ok 'others get it when that one sleeps' timeout 20 "$mbusctl" read 31892747
kill $sleeper
wait $sleeper 2>/dev/null

# --- more than there is room for

pids=
for _ in 1 2 3 4 5 6 7 8; do
	"$master" 4003 @30 &
	pids="$pids $!"
done
tries=0
until [ "$(grep -c ' is here$' "$tmp/serve.err")" -ge 13 ] || [ $tries -eq 100 ]; do
	tries=$((tries + 1))
	sleep 0.1
done
run "$master" 4003 1040FD3D16
like "$out" 'closed' 'the ninth is turned away'
like "$(cat "$tmp/serve.err")" 'was turned away, 8 clients are the most' 'which is told'
# shellcheck disable=SC2086 # a list of process ids
kill $pids
# shellcheck disable=SC2086
wait $pids 2>/dev/null
tries=0
until [ "$(grep -c ': it left$' "$tmp/serve.err")" -ge 13 ] || [ $tries -eq 100 ]; do
	tries=$((tries + 1))
	sleep 0.1
done

# --- a bus of this project is such a master, too

background "$mbusctl" attach --tcp 127.0.0.1:4003 --latency 1500 >"$tmp/far.out" 2>"$tmp/far.err"
far=$pid
wait_for_line "$tmp/far.out" '^mbus1' || give_up "$(cat "$tmp/far.err")"
run_ok 'a bus is attached to a served bus and reads through it' \
	"$mbusctl" -b mbus1 read 31892748
stop "$far"

# --- the end

run_is 2 'serve without an address' "$mbusctl" -b mbus0 serve
run_is 2 'serve on no address' "$mbusctl" -b mbus0 serve --tcp 4003
"$mbusctl" detach >/dev/null
ended=0
wait "$serve" || ended=$?
is "$ended $(tail -n 1 "$tmp/serve.err")" '10 mbusctl: mbus0: unplugged' \
	'serve ends with its bus'

done_testing
