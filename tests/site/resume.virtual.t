#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Searches with known meters, resumed searches, and searches at several baud
# rates.
. "$(dirname "$0")/site.sh"

# The requests in the log of the simulator: REQ_UD2 by selection.
requests()
{
	grep -c 'heard 10 [57]B FD' "$tmp/sim.log"
}

rate_of_bus()
{
	"$mbusctl" status --json | jq -r '.. | .baud? // empty' | head -n 1
}

site reference-site
: >"$tmp/first"
"$mbusctl" scan --json --state "$tmp/state" >>"$tmp/first" 2>&1 &
scan=$!
until [ "$(grep -c '"meter"' "$tmp/first")" -ge 2 ]; do
	sleep 0.05
done
kill -INT $scan
status=0
wait $scan || status=$?
is "$status $(tail -n 1 "$tmp/first" | jq -c '[.event, .stopped]')" \
	'130 ["summary",true]' 'a search is stopped'
found=$(grep -c '"meter"' "$tmp/first")
is "$(jq '.meters | length' "$tmp/state")" "$found" 'its state contains the finds'
is "$(ls "$tmp"/state*)" "$tmp/state" 'in one file'
before=$(requests)
scan --resume "$tmp/state"
is "$status $(found confirmed | tr '\n' ' ')" \
	"0 $(fifteen 24232804 | tr '\n' ' ')" 'resumed, it finds all fifteen'
is "$(($(requests) - before))" $((15 - found)) \
	'and reads only meters that were not read before'
probes=$(count probes)
like "$((probes < 46 - 2 * found))" 1 'asking no mask again'
scan --resume "$tmp/state"
is "$status $(count confirmed) $(count telegrams)" '0 15 0' \
	'resumed again, it sends nothing'

jq -c 'select(.event == "meter")' "$events" >"$tmp/known"
echo 3189279924232804 >>"$tmp/known"
scan --known "$tmp/known"
is "$status $(count confirmed) $(count missing)" '5 15 1' \
	'a known meter that does not answer is missing'
like "$(finding missing)" 'meter 3189279924232804 is known and does not' \
	'and is named'
end_site

site mixed-rates
scan --baud 300,2400
is "$status $(jq -r 'select(.event == "meter") | [.address, .baud] | join(" ")' \
	"$events" | sort | tr '\n' ' ')" \
	'0 3189274024232804 300 3189274124232804 2400 3189275224232804 2400 3189276324232804 300 ' \
	'each meter once, with its rate'
like "$(finding again)" '^meter 3189276324232804 answers here, too' \
	'one at any rate is not read at the next'
is "$(rate_of_bus)" 2400 'the rate of the bus is restored'
scan --baud 2400,300 primary 1-3
is "$status $(jq -r 'select(.event == "meter") | [.primary, .baud] | join(" ")' \
	"$events" | tr '\n' ' ')" '0 2 2400 3 2400 1 300 ' \
	'by primary address, only the given addresses'
scan --baud 600
is "$status $(count confirmed) $(rate_of_bus)" '0 1 2400' \
	'a rate that is not the bus'\''s own'
printf '31892740\n31892741\n31892799\n' >"$tmp/known"
scan --baud 300,2400 --known "$tmp/known"
is "$(count missing) $(finding missing | cut -d ' ' -f 2)" \
	'1 31892799FFFFFFFF' 'a meter that answers at none of the rates is missing'
end_site

done_testing
