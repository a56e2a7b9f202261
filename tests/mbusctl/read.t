#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Arguments that read refuses before it uses a bus. tests/site/ has the readouts.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl

# refused REGEX NAME ARGUMENTS...
refused()
{
	want=$1
	name=$2
	shift 2
	run_is 2 "$name: refused" "$mbusctl" read "$@"
	like "$err" "^mbusctl: $want" "$name: the reason"
	is "$out" '' "$name: prints nothing else"
}

refused 'no meter address given' 'no address'
refused 'no primary address 300' 'a second address that is none' 5 300
refused '.*piece of a selection telegram.* 31892754 .*: use 31892754' \
	'a piece of a selection telegram' 0B0B6873FD5254278931FFFFFFFFF316
is "$(printf '%s\n' "$err" | wc -l)" 1 'in one line'
refused 'no primary address 300' 'a primary address too large' 300
refused 'primary address 251 is reserved' 'a reserved address' 251
refused '"31892" has 5 digits' 'an ID too short' 31892
refused '"house-7" is no address' 'a name' house-7
refused '"" *is|the address is empty' 'nothing' ''
refused '"HY" in .* is no manufacturer' 'a manufacturer of two letters' \
	31892743.HY

refused '--quirks nosuch: neither a file nor known quirks; known are eastron-sdm' \
	'unknown quirks' --quirks nosuch 5
printf '[a]\nfcb = 2\n' >"$tmp/quirks.ini"
refused ".*quirks.ini:2: \[a\] fcb = 2: write toggles" 'an error in quirks' \
	--quirks "$tmp/quirks.ini" 5
refused '--raw excludes' 'two ways to print' --raw --format csv 5
refused '--format yaml: unknown format' 'an unknown format' --format yaml 5
refused '--key: an AES-128 key has 32' 'half a key' --key 0102 5

run_is 3 'without a bus' "$mbusctl" -b mbus99 read 31892743
like "$err" '^mbusctl: .*mbus99' 'the missing bus is named'

run_ok 'help' "$mbusctl" read --help
like "$out" '31892743.HYD.28.04' 'shows how addresses are written'

done_testing
