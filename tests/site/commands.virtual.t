#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Commands to meters: carried out, checked, and reported when they fail.
. "$(dirname "$0")/site.sh"

baud()
{
	"$mbusctl" status --json | jq .baud
}

# records FORMAT ADDRESS: quantity and value of each record of a readout
records()
{
	"$mbusctl" read --json "$1" |
		jq -r '.telegrams[].records[] | "\(.quantity)/\(.storage)"' |
		tr '\n' ' '
}

site quirks

# --- ping, alarm, deselect

run_ok 'ping by both addresses' "$mbusctl" ping 10 10000010
is "$(printf '%s\n' "$out" | sed 's/after 1[3-9]\.. ms/after 1x ms/')" \
	'10: ack after 1x ms
10000010FFFFFFFF: ack after 1x ms' 'prints how soon they answered'
run_is 5 'ping without a meter' "$mbusctl" ping -c 2 11
like "$out" '^11: 0 of 2 answered$' 'reports that'
is "$("$mbusctl" ping --json 10 | jq -r '"\(.address) \(.outcome) \(.delay_us > 13000)"')" \
	'10 ack true' 'and as JSON'

run_ok 'deselect' "$mbusctl" deselect
is "$out" 'the selected meter is deselected' 'reports that a meter was selected'
run_ok 'once more' "$mbusctl" deselect
is "$out" 'no meter was selected' 'no meter is selected any more'

run_ok 'alarms' "$mbusctl" alarm 10 10000008
is "$(printf '%s\n' "$out" | head -n 2)" '10: no alarm
10000008FFFFFFFF: alarm' 'of a meter without and one with'
like "$out" '^ .*alarm|^.*bit' 'with its contents'
run_is 5 'an alarm without a meter' "$mbusctl" alarm 11

# --- set-address

run_ok 'set-address by secondary address' "$mbusctl" set-address 10000010 20
is "$out" '10000010FFFFFFFF: primary address 20, where 1000001024232804 answers' \
	'the meter is read there'
run_ok 'and by primary address' "$mbusctl" set-address 20 10
mark=$(grep -c ' 51 01 7A' "$tmp/sim.log")
run_is 2 'an address that is in use' "$mbusctl" set-address 10 6
like "$err" 'primary address 6 is taken by meter 1000000624232804' \
	'is refused, with the meter that has it'
for address in 10 10000010 1000001024232804; do
	run_ok "the address it has, $address" "$mbusctl" set-address $address 10
done
is "$out" '1000001024232804: primary address 10, where 1000001024232804 answers' \
	'is accepted'
is "$(grep -c ' 51 01 7A' "$tmp/sim.log")" "$mark" 'and nothing is written'
run_is 8 'a meter that ignores the command' "$mbusctl" set-address 8 30
like "$err" '8 acknowledged the new address 30 and did not take it: it answers to the old one' \
	'is reported'
run_is 5 'a missing meter' "$mbusctl" set-address 11 30

# --- reset, select-data, send

run_ok 'a selection of records' "$mbusctl" select-data 10 13 any,storage=1
like "$out" 'acknowledged the selection 08 13 48 7E' 'is acknowledged'
is "$(records 10)" 'volume/0 volume/1 ' 'and is read'
run_ok 'an application reset by name' "$mbusctl" reset 10 instantaneous
is "$(records 10)" 'volume/0 volume/1 volume flow/0 date and time/0 ' \
	'restores the full readout'
like "$(cat "$tmp/sim.log")" 'heard 68 04 04 68 73 0A 50 50 ' \
	'its subcode is the given one'
run_ok 'any storage' "$mbusctl" select-data 10 13,storage=any
like "$out" '88 0F 13|C8 0F 13' 'has all bits set'
run_ok 'the same as data' "$mbusctl" send --to 10 C8 0F 13
is "$(records 10)" 'volume/0 volume/1 ' 'means all of them'
run_ok 'a CI field by send' "$mbusctl" send --to 10000010 --ci 50
is "$(records 10)" 'volume/0 volume/1 volume flow/0 date and time/0 ' \
	'is an application reset, too'
run_is 5 'a reset without a meter' "$mbusctl" reset 11
run_ok 'a frame to all' "$mbusctl" send 1040FF3F16
is "$out" 'silence (no meter answers a broadcast)' 'is sent once'
run_ok 'a reset of all, which no meter acknowledges' \
	"$mbusctl" reset --force 255
is "$out" '255: sent; no meter answers a broadcast' 'which is reported'

# --- sync-clock

run_ok 'sync-clock' "$mbusctl" sync-clock 10
like "$out" "10: its clock is $(date +%Y)-" 'the meter is read again'
like "$(grep 'heard .* 51 04 6D' "$tmp/sim.log")" ' 51 04 6D ' \
	'by one data record'
run_ok 'another time' "$mbusctl" sync-clock 10 --time 2031-02-03T04:05
is "$out" '10: its clock is 2031-02-03T04:05' 'is set in the meter'
run_ok 'in summer' env TZ=CET-1CEST,M3.5.0,M10.5.0/3 \
	"$mbusctl" sync-clock 10 --time 2026-07-01T12:00
is "$(tail -n 100 "$tmp/sim.log" | grep -c 'heard .* 51 04 6D 00 8C 41 37 ')" 1 \
	'the summer time bit is set'
run_is 8 'a clock that is not set' "$mbusctl" sync-clock 8
like "$err" '8 acknowledged, but shows 2024-09-10T22:33' \
	'is reported, with the clock of the meter'
run_ok 'without the readout' "$mbusctl" sync-clock --no-check 8
like "$out" 'sent; not checked' 'which is reported'

# --- set-baud

run_ok 'set-baud' "$mbusctl" set-baud 10 9600
is "$out" '10: answers at 9600 baud; the bus is set to its old rate again' \
	'the meter answers at it'
is "$(baud)" 2400 'the bus has its old rate'
run_is 5 'at which the meter does not answer' "$mbusctl" ping 10
"$mbusctl" set --baud 9600
run_ok 'but at its new rate' "$mbusctl" ping 10
run_ok 'back to the old rate, with the bus' "$mbusctl" set-baud 10000010 2400 --stay
is "$(baud) $("$mbusctl" ping 10 | cut -c1-7)" '2400 10: ack' \
	'bus and meter have the old rate'
run_is 8 'a meter that keeps its rate' "$mbusctl" set-baud 8 9600
like "$err" '8 acknowledged 9600 baud and did not answer at it; it is at 2400 baud again' \
	'is reported'
is "$(baud)" 2400 'with the bus at its old rate'
run_is 2 'the rate it has' "$mbusctl" set-baud 10 2400
before=$(wc -l <"$tmp/sim.log")
chmod 666 /dev/mbus0
chmod o+x "$tmp"
run_is 4 'no permission to set the rate of the bus' \
	setpriv --reuid 65534 --clear-groups "$mbusctl" set-baud 10 9600
is "$(wc -l <"$tmp/sim.log")" "$before" 'the meter gets no telegram either'
end_site

# Long enough for the signal to come before the acknowledgement.
site single --set meter.delay=75ms
"$mbusctl" set-baud 5 9600 --stay >"$tmp/out" 2>&1 &
set_baud=$!
wait_for_line "$tmp/sim.log" 'heard 68 03 03 68 73 05 BD' 60
kill -INT $set_baud
wait $set_baud
is "$? $(cat "$tmp/out")" '0 5: answers at 9600 baud, and the bus is set to it' \
	'^C during set-baud takes effect after its end'
end_site

done_testing
