#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The recording of the reference site, without a bus: shown, decoded, replayed.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl
recording=$top/tests/recordings/reference-site.mbus

run_ok 'replay' "$mbusctl" replay "$recording"
like "$out" '^SND_UD FCB=1 A=253 CI=52 select 31892743FFFFFFFF: ack, after 25\.637 ms$' \
	'a selection, what it ended as, how long that took'
like "$out" '^REQ_UD2 FCB=1 A=253: frame, after 25\.596 ms, RSP_UD A=0 CI=72 data 3189274324232804: 14 records$' \
	'a readout, with what is in it'
like "$out" '^REQ_UD2 FCB=0 A=254: collision \(a single 00:' 'a collision'
is "$(printf '%s\n' "$out" | tail -n 1)" \
	'7 transactions, ack 2, frame 2, silence 2, collision 1; 2 telegrams with 28 records, 0 not decoded' \
	'the sums'
is "$("$mbusctl" replay --json "$recording" | jq -c '[.outcome, .tries, .delay_us, .records]' | tr '\n' ' ')" \
	'["collision",1,25581,null] ["ack",1,25637,null] ["frame",1,25596,14] ["ack",1,26194,null] ["frame",1,25723,14] ["silence",1,null,null] ["silence",2,null,null] ' \
	'replay --json'

is "$(TZ=UTC "$mbusctl" monitor --read "$recording" | sed -n '2p;$p')" \
	"17:05:20.711750 !! a single 00: the converter's collision signal, several meters answered at once: 00
17:05:25.684086 == silence after 2 tries for SND_NKE A=9" 'monitor --read'
is "$("$mbusctl" monitor --read - --json <"$recording" | jq -c 'del(.telegram)')" \
	"$(tail -n +2 "$recording")" 'monitor --read --json gives back what was recorded'

is "$("$mbusctl" decode --format json "$recording" | jq -r 'select(.telegrams[0].meter) | .telegrams[0].meter.address')" \
	'3189274324232804
3189275024232804' 'decode takes a recording as well'

head -c 3000 "$recording" >"$tmp/cut.mbus"
run_ok 'a recording that was cut' "$mbusctl" monitor --read "$tmp/cut.mbus"
like "$err" 'cut.mbus: the last line is incomplete' 'is shown as far as it goes'
run_is 9 'what is no recording' "$mbusctl" replay "$0"
like "$err" "^mbusctl: $0, line 1: no JSON object$" 'is refused with the place'
run_is 1 'a recording that is not there' "$mbusctl" replay "$tmp/none"
run_is 2 'replay without a recording' "$mbusctl" replay
for wrong in 1 1x K 1023 200G; do
	run_is 2 "monitor --rotate $wrong" "$mbusctl" monitor --write x --rotate $wrong
done
run_is 2 'a recording is no bus to be recorded' \
	"$mbusctl" monitor --read "$recording" --write "$tmp/copy.mbus"
run_is 2 'nor begun anew' \
	"$mbusctl" monitor --read "$recording" --write "$tmp/x.pcapng" --rotate 2K

run_ok 'a recording is converted for Wireshark' \
	"$mbusctl" monitor --read "$recording" --write "$tmp/wire.pcapng" --quiet
is "$out" '' 'without output with --quiet'
if command -v tshark >/dev/null; then
	run_ok 'tshark reads it' tshark -r "$tmp/wire.pcapng" -T fields \
		-e frame.time_epoch -e frame.len -e frame.comment -e data
	is "$(printf '%s\n' "$out" | sed -n '4,6p;$p' | tr '\t' '|')" \
		'1795367121.303251687|17|SND_UD FCB=1 A=253 CI=52 select 31892743FFFFFFFF|680b0b6873fd5243278931ffffffffe216
1795367121.406805735|1|ack|e5
1795367121.440555751|0|ack for SND_UD FCB=1 A=253 CI=52 select 31892743FFFFFFFF|
1795367125.684086247|0|silence after 2 tries for SND_NKE A=9|' \
		'with the times of the recording'
else
	skip 'tshark reads it' 'no tshark'
	skip 'with the times of the recording' 'no tshark'
fi

run_ok 'mbus-sim takes it' "$build/mbus-sim" --check --replay "$recording"
is "$out" "$recording: good, 8 requests" 'with its requests'
run_is 1 'mbus-sim refuses what is none' "$build/mbus-sim" --check --replay "$0"
run_is 2 'a scenario and a recording' "$build/mbus-sim" --replay "$recording" single

done_testing
