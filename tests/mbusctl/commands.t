#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Arguments that commands to meters refuse before they use a bus.
# tests/site/commands.virtual.t tests their function.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl

# refused REGEX NAME COMMAND...: one line, nothing else
refused()
{
	want=$1
	name=$2
	shift 2
	run_is 2 "$name: refused" "$mbusctl" -b mbus99 "$@"
	like "$err" "^mbusctl: $want" "$name: the reason"
	is "$out" '' "$name: prints nothing else"
}

for command in ping alarm reset select-data set-address sync-clock tune; do
	refused 'no meter address given' "$command without an address" $command
	refused '"31892" has 5 digits' "$command with half an address" \
		$command 31892
done
refused 'no meter address and baud rate given' 'set-baud without an address' set-baud

refused 'no new address given' 'no new address' set-address 5
refused 'only one new address' 'two new addresses' set-address 5 6 7
for new in 251 253 255 -1 x 1x; do
	refused ".*'$new' is not the primary address of a meter" \
		"the new address $new" set-address 5 -- "$new"
done
for all in 254 255; do
	refused "set-address: address $all is that of all meters" \
		"all meters at one address, by $all" set-address $all 5
	refused "reset: address $all is that of all meters" \
		"a reset of all meters, by $all" reset $all
	refused "select-data: address $all is that of all meters" \
		"a selection of all meters' data, by $all" select-data $all 13
	refused "sync-clock: address $all is that of all meters" \
		"the clocks of all meters, by $all" sync-clock $all
done
refused 'set-address: address 253 is that of the selected meter' \
	'the address of the selected meter' set-address 253 5

refused "set-baud: '2401' is not a baud rate of M-Bus; use 300" 'another rate' \
	set-baud 5 2401
refused "set-baud: 'fast' is not a baud rate" 'a rate in words' set-baud 5 fast

refused "reset: 'billing' is not a subcode" 'a word that is not a subcode' \
	reset 5 billing
refused "reset: '100' is not a subcode" 'a subcode too long' reset 5 100

refused 'no records given' 'no records' select-data 5
refused ".*'8' does not begin with a VIF" 'half a VIF' select-data 5 8
refused ".*'FD' does not begin with a VIF" 'an incomplete VIF' select-data 5 FD
refused ".*'1313' does not begin with a VIF" 'two VIFs in one' select-data 5 1313
refused ".*'storage=1' does not begin with a VIF" 'no VIF' select-data 5 storage=1
refused ".*'storage=x' in '13,storage=x': expected a storage number, or any" \
	'a storage that is none' select-data 5 13,storage=x
refused ".*'tariff=1048576'" 'a tariff too large' select-data 5 13,tariff=1048576
refused ".*'subunit=any'.*: expected a subunit" 'any subunit' \
	select-data 5 13,subunit=any
refused ".*'max'.*: expected storage=, tariff=" 'a word alone' select-data 5 13,max
refused ".*'all' excludes" 'all and one more' select-data 5 13 all
# shellcheck disable=SC2046 # so many arguments
refused '.*too many records for one telegram' 'too many records' \
	select-data 5 $(yes 13 | head -n 127)

refused '--type X: use F or I' 'a type of another letter' \
	sync-clock 5 --type X
refused '--time soon: not a time .*such as 2026' 'a time in words' \
	sync-clock 5 --time soon
refused '--time 1926-01-01T00:00: not a time' 'a time before 2000' \
	sync-clock 5 --time 1926-01-01T00:00
refused '--time 2100-01-01T00:00: not a time from 2000 to 2099' \
	'a time of another century' sync-clock 5 --time 2100-01-01T00:00
refused '--time 2026-02-31T10:00: no such date' \
	'a day that is none' sync-clock 5 --time 2026-02-31T10:00
TZ=CET-1CEST,M3.5.0,M10.5.0/3
export TZ
refused '--time 2026-03-29T02:30: no such date' \
	'an hour that summer time skips' sync-clock 5 --time 2026-03-29T02:30
unset TZ
refused '--utc excludes' 'two times' \
	sync-clock 5 --utc --time 2026-11-22T17:05

refused 'tune: no meter acknowledges at address 255' 'tune with a broadcast' tune 255
printf '[bus]\nguard = soon\n' >"$tmp/bus.ini"
refused '.*bus.ini:2: \[bus\] guard = soon: write' 'an error in settings' \
	set --settings "$tmp/bus.ini"
refused 'cannot read .*nosuch' 'missing settings' \
	attach --settings "$tmp/nosuch" ttyS0
refused '-c 0: not a number from 1' 'no ping' ping -c 0 5
refused '--format yaml' 'an alarm in another format' alarm --format yaml 5
refused "unexpected argument '5'" 'deselect with an address' deselect 5

refused '--ci 5: not two' 'half a CI' send --to 5 --ci 5 01
refused '--ci requires --to' 'a CI for a whole frame' send --ci 51 105BFE5916
refused '--to excludes --repeats, --guard and --window' 'a guard for data' \
	send --to 5 --guard 10 017A08
refused "'017': odd number" 'half a byte of data' send --to 5 017
refused '253 bytes of user data do not fit' 'too much data' \
	send --to 5 "$(printf '00%.0s' $(seq 253))"

for command in 'ping 5' 'alarm 5' 'reset 5' 'select-data 5 13' \
	'set-address 5 6' 'set-baud 5 9600' 'sync-clock 5' 'tune 5' deselect \
	'send --to 5 017A08'; do
	# shellcheck disable=SC2086 # a command with its arguments
	run_is 3 "${command%% *} without a bus" "$mbusctl" -b mbus99 $command
	like "$err" '^mbusctl: there is no bus mbus99' 'the message names it'
done

done_testing
