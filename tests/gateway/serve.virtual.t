#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# mbusctl serve: masters that support only TCP gateways, on a shared bus.
. "$(dirname "$0")/lane.sh"

select_45=680B0B6873FD5245278931FFFFFFFFE416
select_46=680B0B6873FD5246278931FFFFFFFFE516
select_all=680B0B6873FD524F278931FFFFFFFFEE16
select_water=680B0B6873FD5278563412FFFFFFFFD216
request=107BFD7816
next=105BFD5816
deselect=1040FD3D16
master=$here/master

# The 15 heat meters, and a water meter that needs three telegrams.
{
	cat "$scenarios/reference-site.ini"
	sed -n '/^\[meter/,$p' "$scenarios/multi-telegram.ini"
} >"$tmp/site.ini"
wire "$tmp/site.ini" --turnaround 37
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
685E5E680800724527893124232804' 'and gets the acknowledgement and its meter'
run "$master" 4003 $select_all 1040094916
is "$out" '00
-' 'a 00 of the converter is passed on, silence is silence'
run "$master" 4003 "+FFFF00" "+1040" "@2" "+6803" "@2" "1040FD3D16$select_46" $request
is "$(printf '%s\n' "$out" | cut -c 1-30 | tail -n 1)" 685E5E680800724627893124232804 \
	'noise, partial telegrams and two at once are handled'

# --- several, at the same time

"$master" 4003 $select_45 $request $select_45 $request >"$tmp/first" &
first=$!
"$master" 4003 $select_46 $request $select_46 $request >"$tmp/second" &
second=$!
run_ok 'mbusctl reads beside two masters' "$mbusctl" read 31892747
wait $first $second
is "$(cut -c 1-30 "$tmp/first" | tr '\n' ' ')" \
	'E5 685E5E680800724527893124232804 E5 685E5E680800724527893124232804 ' \
	'the first reads the meter it selected'
is "$(cut -c 1-30 "$tmp/second" | tr '\n' ' ')" \
	'E5 685E5E680800724627893124232804 E5 685E5E680800724627893124232804 ' \
	'and so does the second'

# --- masters that pause after the acknowledgement, as libmbus does for 4 s

"$master" 4003 $select_45 @4 $request @4 $next >"$tmp/slow" &
slow=$!
"$master" 4003 $select_46 $deselect @4 $request >"$tmp/deselected" &
deselected=$!
"$master" 4003 $select_water $request @4 $next $select_water $request $next \
	$request >"$tmp/row" &
row=$!
wait_for_line "$tmp/row" 681
for _ in 1 2 3 4; do
	run_ok 'others get the bus while a client pauses' \
		timeout 10 "$mbusctl" read 31892747
done
wait $slow $deselected $row
is "$(cut -c 1-30 "$tmp/slow" | tr '\n' ' ')" \
	'E5 685E5E680800724527893124232804 685E5E680800724527893124232804 ' \
	'a client that pauses reads the meter it selected, whatever others selected since'
is "$(tr '\n' ' ' <"$tmp/deselected")" 'E5 E5 - ' \
	'a client that deselected reads no meter'
is "$(cut -c 1-8 "$tmp/row" | tr '\n' ' ')" \
	'E5 681C1C68 - E5 681C1C68 681A1A68 681B1B68 ' \
	'an interrupted readout of several telegrams ends, and begins again'

# --- more clients than allowed

before=$(grep -c ' connected$' "$tmp/serve.err")
pids=
for _ in 1 2 3 4 5 6 7 8; do
	"$master" 4003 @30 &
	pids="$pids $!"
done
wait_for_line "$tmp/serve.err" ' connected$' 60 $((8 + before))
run "$master" 4003 1040FD3D16
like "$out" 'closed' 'the ninth client is rejected'
like "$(cat "$tmp/serve.err")" 'rejected: already 8 clients' 'which is reported'
# shellcheck disable=SC2086 # a list of process ids
kill $pids
# shellcheck disable=SC2086
wait $pids 2>/dev/null
wait_for_line "$tmp/serve.err" ': disconnected$' 60 $((8 + before))

# --- another linux-mbus as a master

background "$mbusctl" attach --tcp 127.0.0.1:4003 --latency 1500 >"$tmp/far.out" 2>"$tmp/far.err"
far=$pid
wait_for_line "$tmp/far.out" '^mbus1' || give_up "$(cat "$tmp/far.err")"
run_ok 'a bus is attached to a served bus and reads through it' \
	"$mbusctl" -b mbus1 read 31892748
stop "$far"

# --- the end

run_is 2 'serve without an address' "$mbusctl" -b mbus0 serve
run_is 2 'serve on an invalid address' "$mbusctl" -b mbus0 serve --tcp 4003
"$mbusctl" detach >/dev/null
ended=0
wait "$serve" || ended=$?
is "$ended $(tail -n 1 "$tmp/serve.err")" '10 mbusctl: mbus0: unplugged' \
	'serve ends with its bus'

done_testing
