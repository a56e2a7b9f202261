#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The second reference site: two HYD left, nine Kamstrup with primary
# addresses of their own.
. "$(dirname "$0")/site.sh"

kamstrup='82969010 82969012 82969015 82969017 83003674 83003675 83003676 83003677 83003679'

site reference-site-2
scan
is "$status $(count confirmed) $(found confirmed | tr '\n' ' ')" \
	"0 11 3189274724232804 3189274924232804 $(printf '%s2D2C400D ' $kamstrup)" \
	'11 of 11'

"$mbusctl" scan --config >"$tmp/meters"
run_ok 'scan --config writes a configuration for mbusd' \
	"$build/mbusd" --check -c "$tmp/meters"
is "$(grep -c '^\[meter ' "$tmp/meters")" 11 'a section for each meter'
like "$(cat "$tmp/meters")" '^address = 3189274724232804$' 'with its address'
is "$(grep -c '^\[meter 31892747\]$' "$tmp/meters")" 1 'named by its ID'

scan --primary
is "$(found confirmed | tr '\n' ' ')" "$(printf '%s2D2C400D ' $kamstrup)" \
	'by primary address: the nine meters that have one'
is "$(jq -c 'select(.event == "meter" and .state == "confirmed") | .primary' \
	"$events" | tr '\n' ' ')" '10 12 15 17 74 75 76 77 79 ' \
	'no meter after a found one is missed'
is "$status $(found several)" '6 0' 'address 0 holds several'
like "$(jq -r 'select(.state == "several") | .why' "$events")" \
	'read them by secondary address' 'with the remedy'

run_ok 'read by primary address' "$mbusctl" read --json 12
is "$(printf '%s\n' "$out" | jq -r '.telegrams[0].meter.address')" \
	829690122D2C400D 'returns that meter'
first=$(printf '%s\n' "$out" | jq .telegrams[0].access_number)
run_ok 'read again' "$mbusctl" read --json 12
isnt "$(printf '%s\n' "$out" | jq .telegrams[0].access_number)" "$first" \
	'returns a new telegram'
run_is 6 'read address 0' "$mbusctl" read 0
like "$err" 'several meters answer to primary address 0' 'with the reason'
run_is 5 'read an address without meter' "$mbusctl" read 13
like "$err" 'no meter answers to primary address 13' 'with the reason'
run_is 5 'read a missing ID' "$mbusctl" read 31892748
like "$err" 'no meter answers to 31892748' 'the same by secondary address'
run_is 6 'read a mask of two meters' "$mbusctl" read 3189274F
like "$err" "collision signal.*'mbusctl scan' finds the meters" \
	'names the 00 and the remedy'
end_site

done_testing
