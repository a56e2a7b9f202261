#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Faulty meters and lines.
. "$(dirname "$0")/site.sh"

for noise in flip=200 drop=700 nul=13 idle=2s; do
	site reference-site --noise "$noise"
	finds_all_fifteen "noise $noise: 15 of 15"
	end_site
done

# Without the converter's signal the E5 of the silent meter can overlap that of
# another exactly: Documentation/searching.md has this limit.
site silent
scan
is "$status $(count silent) $(found silent)" '8 1 31892741FFFFFFFF' \
	'the silent meter is listed as such'
is "$(found confirmed | tr '\n' ' ')" \
	'3189274024232804 3189275224232804 ' 'beside the others'
like "$(jq -r 'select(.state == "silent") | .why' "$events")" \
	'acknowledged [0-9]+ times and answered none of [0-9]+ requests' \
	'with the reason'
run_is 8 'it cannot be read' "$mbusctl" read 31892741
like "$err" '31892741F* acknowledged .* times and answered none' \
	'and read reports the reason'
end_site

site multi-telegram
run_ok 'three telegrams by secondary address' "$mbusctl" read --json 12345678
is "$(printf '%s\n' "$out" | jq -c '[.telegrams[] | .records[0].raw[0:4]]')" \
	'["0C13","4C13","8C01"]' 'come in order, each once'
run_ok 'three telegrams by primary address' "$mbusctl" read --raw 7
is "$(printf '%s\n' "$out" | cut -c1-8 | tr '\n' ' ')" \
	'681C1C68 681A1A68 681B1B68 ' 'too'
is "$err" '' 'and there is no finding'
end_site

done_testing
