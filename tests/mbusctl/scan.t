#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What scan refuses before it touches a bus. tests/site/ has the searches.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl

# refused REGEX NAME ARGUMENTS...
refused()
{
	want=$1
	name=$2
	shift 2
	run_is 2 "$name: refused" "$mbusctl" scan "$@"
	like "$err" "^mbusctl: $want" "$name: says why"
	is "$out" '' "$name: prints nothing else"
}

refused "'tertiary': write 'primary' or 'secondary'" 'another kind' tertiary
refused 'one search at a time' 'two kinds' primary secondary
refused 'one search at a time' 'three words' primary 1-2 3
refused 'one search at a time' 'addresses for a mask' secondary 1-20
refused "'secondary': write" 'both kinds' --primary secondary
refused '--guard soon: write milliseconds, 0 to 60000' 'a guard in words' \
	--guard soon
refused '--guard 60001: ' 'a guard too long' --guard 60001
refused '--guard -1: ' 'a guard below zero' --guard -1
refused "'5' is a primary address, a mask has 8 or 16 digits" \
	'a primary address as mask' --mask 5
refused '"318927" has 6 digits' 'a mask too short' --mask 318927
refused 'a mask is for the secondary search only' 'a mask for addresses' \
	--primary --mask 3189274F
refused "'1-300': write primary addresses, 0 to 250" 'an address too large' \
	primary 1-300
refused "'9-5': write primary" 'a range upside down' primary 9-5
refused "'1-20,': write primary" 'a list that ends in a comma' primary 1-20,
refused '--baud 2401: write baud rates' 'a rate M-Bus does not know' --baud 2401
refused '--baud 2400,300,2400: ' 'a rate twice' --baud 2400,300,2400
refused '--config and --json: choose one' 'two formats' --config --json
run_is 2 'an option it does not know' "$mbusctl" scan --fast

# Lists of meters.
list()
{
	printf '%s\n' "$1" >"$tmp/list"
}
list 'garage'
refused ".*list:1: \"garage\" is no address" 'a list with something else' \
	--known "$tmp/list"
list '# the garage

note: nothing'
refused '.*list: there is no meter in it' 'a list without meters' \
	--known "$tmp/list"
list '3189274024232804
{"event":"meter","address":"31892'
refused '.*list:2: this is no JSON' 'a list cut short' --known "$tmp/list"
list 255
refused ".*list:1: 255 is no meter's address" 'a broadcast' --known "$tmp/list"
list '3189274024232804  confirmed  HYD 28 heat           primary 0
  a reason
3189274124232804  silent     HYD 28 heat           primary 0
FFFFFFFFFFFFFFFF  suspect
5
note: something
1 confirmed, 1 silent (27 probes, 40 telegrams, 12 s)
{"event":"meter","state":"confirmed","address":"3189274224232804"}
{"event":"summary","confirmed":1}'
run_is 3 'what scan prints is a list' "$mbusctl" -b mbus99 scan \
	--known "$tmp/list"
run_is 1 'a list that is not there' "$mbusctl" scan --known "$tmp/none"
like "$err" 'none: No such file' 'says so'

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
run_is 3 'a good state goes as far as the bus' "$mbusctl" -b mbus99 scan \
	--resume "$tmp/state"
refused '--resume: the file says what is searched' 'a state and a mask' \
	--resume "$tmp/state" --mask 3189274F
refused '--resume: the file says' 'a state and a kind' --resume "$tmp/state" \
	primary
for damage in 's/scan state/list/|it is no file of scan --state' \
	's/"version":1/"version":2/|another version' \
	's/secondary/tertiary/|search is neither' \
	's/"FFFFFFFFFFFFFFFF","all/"5","all/|mask is no secondary' \
	's/false/"no"/|all_digits is neither' \
	's/\[2400\]/[0]/|bauds is no list' \
	's/confirmed/certain/|one of meters' \
	's/"primary":0,"baud":2400/"primary":0/|one of meters' \
	's/"E5"/"E"/|one of meters' \
	's/"ack"/"nack"/|one of meters' \
	's/several/many/|one of visits' \
	's/"meters":0/"meters":-1/|one of visits' \
	's/\]}$//|it is no JSON'; do
	state "$(printf '%s\n' "$good" | sed "${damage%|*}")"
	refused ".*state cannot be resumed: ${damage#*|}" \
		"a state with ${damage%|*}" --resume "$tmp/state"
done
run_is 1 'a state that is not there' "$mbusctl" scan --resume "$tmp/none"
like "$err" 'none: No such file' 'says so'

run_is 3 'without a bus' "$mbusctl" -b mbus99 scan
like "$err" '^mbusctl: .*mbus99' 'it says which is missing'
is "$out" '' 'and prints no summary'

run_ok 'help' "$mbusctl" help scan
for word in confirmed several silent suspect -- --guard --mask --baud \
	--known --state --resume 'Status: 0'; do
	[ "$word" = -- ] ||
		like "$out" "$word" "help explains $word"
done

done_testing
