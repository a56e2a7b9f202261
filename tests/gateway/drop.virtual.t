#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A search through a gateway that drops its connection repeatedly, in
# the middle of answers: no meter lost, none invented, none found twice.
. "$(dirname "$0")/lane.sh"

# The 15 meters of reference-site: an acknowledge is one byte, an answer about
# 100. The breaks are in acknowledgements, in heads, in bodies and after ends; what
# the wire sends afterwards is passed to the next connection.
wire reference-site
box --away 2 --break-at 1,3,40,41,150,299,300,301,700,750,1100,1400
held --tcp 127.0.0.1:4001
run "$mbusctl" scan --json
# The rest of an answer after a break may be unexplained: status 7.
like "$status" '^[07]$' 'the search ends' || diag "$err"
is "$(printf '%s\n' "$out" |
	jq -r 'select(.event == "meter" and .state == "confirmed") | .address' |
	sort | tr '\n' ' ')" \
	"$(for last in 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54; do
		printf '318927%s24232804 ' $last
	done)" 'it finds all fifteen, each once' || diag "$out"
is "$(printf '%s\n' "$out" | jq -r 'select(.event == "meter" and .state != "confirmed") | .address')" \
	'' 'and no other'
is "$(grep -c '^broken' "$tmp/box.out")" 12 \
	'although the connection broke twelve times' || diag "$(cat "$tmp/hold.err")"

# An answer that is cut short and comes on the next connection belongs to no request.
run_is 0 'a readout afterwards' "$mbusctl" read 31892745
end_held

done_testing
