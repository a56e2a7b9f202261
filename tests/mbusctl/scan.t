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
run_is 2 'an option it does not know' "$mbusctl" scan --fast

run_is 3 'without a bus' "$mbusctl" -b mbus99 scan
like "$err" '^mbusctl: .*mbus99' 'it says which is missing'
is "$out" '' 'and prints no summary'

run_ok 'help' "$mbusctl" help scan
for word in confirmed several silent suspect -- --guard --mask 'Status: 0'; do
	[ "$word" = -- ] ||
		like "$out" "$word" "help explains $word"
done

done_testing
