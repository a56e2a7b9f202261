#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Meters that deviate from the standard: deviations that read detects, quirks
# that save these attempts, and messages if there is no data.
. "$(dirname "$0")/site.sh"

# volumes: of the table in $out, how often
volumes()
{
	printf '%s\n' "$out" | grep -c '12 345.678'
}

# asked REGEX: number of matching telegrams of the master since the last `mark`
mark()
{
	marked=$(wc -l <"$tmp/sim.log")
}

asked()
{
	tail -n "+$((marked + 1))" "$tmp/sim.log" |
		grep -c "heard .*$1"
}

site quirks

run_ok 'a meter that needs an application reset' "$mbusctl" read 1
is "$(volumes)" 1 'gets it, and is read'
like "$err" 'only after an application reset' 'which is reported'
like "$err" "quirks, 'sontex', .* read it as 10000001EE4D0E04" \
	'with quirks for it'
mark
run_ok 'by its full address' "$mbusctl" read 10000001EE4D0E04
is "$err $(asked 'FD 50 ') $(asked '10 [57]B FD')" ' 1 1' \
	'it gets the reset first, by known quirks'

run_ok 'without the command of its manufacturer' "$mbusctl" read --format csv 2
unlike "$out" power 'a meter sends its energy only'
mark
run_ok 'with quirks by name' "$mbusctl" read --format csv --quirks eastron-sdm 2
like "$out" 'power,,1000,W' 'it sends its power'
is "$(asked '68 73 02 B1 ')" 1 'after that command'

printf '[late]\nwindow = 1300\n[sdm]\nmeter = FFFFFFFF.EAS\nbefore = B1\n' \
	>"$tmp/quirks.ini"
mark
run_ok 'quirks from a file, for two meters' \
	"$mbusctl" read --quirks "$tmp/quirks.ini" 3 10000002.EAS.01.02
is "$(volumes) $(printf '%s\n' "$out" | grep -c power) $err" '1 1 ' \
	'each gets its own quirks'
is "$(asked '10 7B 03')" 1 'the late meter is asked once'
end_site

site quirks
run_ok 'a late meter without quirks' \
	"$mbusctl" read 10000003
is "$(volumes)" 1 'is read'
like "$err" "answers 11[0-9][0-9] ms after a request, .*'window = 1[34]" \
	'with the window that it needs'
end_site

site quirks
run_ok 'a busy meter is asked again later' "$mbusctl" read 4
is "$(volumes)" 1 'and is read'
like "$err" 'busy and answered request 3' 'which is reported'

run_ok 'a meter that may be read once' "$mbusctl" read 5
mark
run_is 8 'is not read a second time' "$mbusctl" read 5
like "$err" '5 has been read too often .*read it less often' 'with the reason'
is "$(asked '10 [57]B 05')" 1 'nor asked a third time'

run_ok 'a meter that ignores the FCB' "$mbusctl" read --raw 6
is "$(printf '%s\n' "$out" | wc -l)" 1 'is read once'
like "$err" 'ignores the FCB' 'which is reported'
run_ok 'a meter that always announces another telegram' "$mbusctl" read --raw 7
is "$(printf '%s\n' "$out" | wc -l)" 2 'is not read further when telegrams repeat'
like "$err" 'sends telegram 1 again; no further data' 'which is reported'
run_is 8 'a meter without data' "$mbusctl" read 9
like "$err" 'answers the request with E5, before and after' 'names the E5'

run_is 2 'a readout of all at once' "$mbusctl" read 255
like "$err" 'no meter answers to address 255' 'is refused, with the reason'
"$mbusctl" ping 10000010 >/dev/null
run_ok 'the selected meter' "$mbusctl" read --raw 253
like "$out" '^68262668080A' 'is read, and not deselected before'
"$mbusctl" deselect >/dev/null
run_is 5 'without a selected meter' "$mbusctl" read 253
like "$err" 'no meter is selected' 'the reason'

run_is 5 'several meters, one of which is missing' \
	"$mbusctl" read --format csv 10 11 4
is "$(printf '%s\n' "$out" | grep -c '^')" 6 'the others are read'
like "$err" 'no meter answers to primary address 11' 'and the missing one is named'
run_is 5 'the same as JSON' "$mbusctl" read --json 10 11 9
is "$(printf '%s\n' "$out" | jq -r '[.address, .outcome, (.telegrams | length)] | join(" ")' |
	tr '\n' ',')" '10 read 1,11 silence 0,9 unreadable 0,' \
	'has a line for each, with the outcome'
like "$(printf '%s\n' "$out" | jq -r 'select(.outcome == "silence").why')" \
	'^no meter answers to primary address 11' 'and why'
printf '%s\n' "$out" >"$tmp/readouts"
run_ok 'which decode reads' "$mbusctl" decode --format csv "$tmp/readouts"
run_ok 'as InfluxDB lines' "$mbusctl" read --format influx 10
like "$out" '^mbus,.*10000010' 'with their meter'
run_ok 'as XML' "$mbusctl" read --format xml 10
like "$out" '<Id>10000010</Id>' 'with its meter'
end_site

done_testing
