#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Arguments that scan refuses before it uses a bus. tests/site/ has the searches.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl

# refused REGEX NAME ARGUMENTS...
refused()
{
	want=$1
	name=$2
	shift 2
	run_is 2 "$name: refused" "$mbusctl" scan "$@"
	like "$err" "^mbusctl: $want" "$name: the reason"
	is "$out" '' "$name: prints nothing else"
}

refused "unexpected argument 'tertiary'; use 'primary' or 'secondary'" 'another kind' tertiary
refused "give either 'primary' or 'secondary'" 'two kinds' primary secondary
refused "give either 'primary' or 'secondary'" 'three words' primary 1-2 3
refused "give either 'primary' or 'secondary'" 'addresses for a mask' secondary 1-20
refused "unexpected argument 'secondary'; use" 'both kinds' --primary secondary
refused '--guard soon: not a time in milliseconds from 0 to 60000' 'a guard in words' \
	--guard soon
refused '--guard 60001: ' 'a guard too long' --guard 60001
refused '--guard -1: ' 'a guard below zero' --guard -1
refused "--mask '5' is a primary address; use 8 or 16 digits" \
	'a primary address as mask' --mask 5
refused '"318927" has 6 digits' 'a mask too short' --mask 318927
refused '--mask requires a secondary search' 'a mask for addresses' \
	--primary --mask 3189274F
refused "'1-300': not primary addresses; write numbers from 0 to 250" 'an address too large' \
	primary 1-300
refused "'9-5': not primary" 'a range upside down' primary 9-5
refused "'1-20,': not primary" 'a list that ends in a comma' primary 1-20,
refused '--baud 2401: not a list of different baud rates' 'a rate M-Bus does not know' --baud 2401
refused '--baud 2400,300,2400: ' 'a rate twice' --baud 2400,300,2400
refused '--config excludes --json' 'two formats' --config --json
run_is 2 'an unknown option' "$mbusctl" scan --fast

# Lists of meters.
list()
{
	printf '%s\n' "$1" >"$tmp/list"
}
list 'garage'
refused ".*list:1: \"garage\" is no address" 'an invalid list' \
	--known "$tmp/list"
list '# the garage

note: nothing'
refused '.*list: no meters in this file' 'a list without meters' \
	--known "$tmp/list"
list '3189274024232804
{"event":"meter","address":"31892'
refused '.*list:2: invalid JSON' 'a list cut short' --known "$tmp/list"
list 255
refused ".*list:1: 255 is not the primary address" 'a broadcast' --known "$tmp/list"
list '3189274024232804  confirmed  HYD 28 heat           primary 0
  a reason
3189274124232804  silent     HYD 28 heat           primary 0
FFFFFFFFFFFFFFFF  suspect
5
note: something
1 confirmed, 1 silent (27 probes, 40 telegrams, 12 s)
{"event":"meter","state":"confirmed","address":"3189274224232804"}
{"event":"summary","confirmed":1}'
run_is 3 'the output of scan is a list' "$mbusctl" -b mbus99 scan \
	--known "$tmp/list"
run_is 1 'a missing list' "$mbusctl" scan --known "$tmp/none"
like "$err" 'none: No such file' 'the reason'

# States of searches.
state()
{
	printf '%s\n' "$1" >"$tmp/state"
}
good='{"format":"mbusctl scan state","version":1,"search":"secondary",
	"mask":"FFFFFFFFFFFFFFFF","all_digits":false,"bauds":[2400],
	"meters":[{"event":"meter","state":"confirmed",
		"address":"3189274024232804","primary":0,"baud":2400,
		"raw":"E5","evidence":[{"at_us":5,"request":"1040FD",
		"tries":1,"outcome":"ack","answer":"E5"}]}],
	"visits":[{"baud":2400,"address":"FFFFFFFFFFFFFFFF",
		"result":"several","meters":0,"patient":true}]}'
state "$good"
run_is 3 'a valid state is accepted' "$mbusctl" -b mbus99 scan \
	--resume "$tmp/state"
refused '--resume excludes addresses' 'a state and a mask' \
	--resume "$tmp/state" --mask 3189274F
refused '--resume excludes' 'a state and a kind' --resume "$tmp/state" \
	primary
for damage in 's/scan state/list/|not a file of' \
	's/"version":1/"version":2/|written by another version' \
	's/secondary/tertiary/|.search. is neither' \
	's/"FFFFFFFFFFFFFFFF","all/"5","all/|.mask. is not a secondary' \
	's/false/"no"/|.all_digits. is neither' \
	's/\[2400\]/[0]/|.bauds. is not a list' \
	's/confirmed/certain/|invalid entry in .meters' \
	's/"primary":0,"baud":2400/"primary":0/|invalid entry in .meters' \
	's/"E5"/"E"/|invalid entry in .meters' \
	's/"ack"/"nack"/|invalid entry in .meters' \
	's/several/many/|invalid entry in .visits' \
	's/"meters":0/"meters":-1/|invalid entry in .visits' \
	's/\]}$//|not JSON'; do
	state "$(printf '%s\n' "$good" | sed "${damage%|*}")"
	refused ".*state cannot be resumed: ${damage#*|}" \
		"a state with ${damage%|*}" --resume "$tmp/state"
done
run_is 1 'a missing state' "$mbusctl" scan --resume "$tmp/none"
like "$err" 'none: No such file' 'the reason'

run_is 3 'without a bus' "$mbusctl" -b mbus99 scan
like "$err" '^mbusctl: .*mbus99' 'the missing bus is named'
is "$out" '' 'and prints no summary'

run_ok 'help' "$mbusctl" help scan
for word in confirmed several silent suspect -- --guard --mask --baud \
	--known --state --resume 'status: 0'; do
	[ "$word" = -- ] ||
		like "$out" "$word" "help explains $word"
done

done_testing
