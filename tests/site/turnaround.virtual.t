#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# All meters of the reference site are found, however long its converter takes to turn
# the line round, and whether or not it sends an echo.
. "$(dirname "$0")/site.sh"

for turnaround in 0 37 50; do
	site reference-site --turnaround "$turnaround"
	finds_all_fifteen "turnaround $turnaround ms: 15 of 15"
	is "$(finding turnaround)" '' \
		"turnaround $turnaround ms: the default guard suffices"
	end_site
done

site reference-site --echo
finds_all_fifteen 'with echo: 15 of 15'
end_site

attach_options='--echo off'
site reference-site
finds_all_fifteen 'without echo, set so: 15 of 15'
like "$(finding serials)" '^15 consecutive serials 31892740-31892754' \
	'consecutive serials are reported'
like "$(finding collision)" 'converter signals a collision' \
	'the 00 is named as the converter'\''s signal'
is "$(jq -r 'select(.id == "31892740") | [.id, .manufacturer, .version, .medium, .primary] | join(" ")' \
	"$events")" '31892740 HYD 40 heat 0' 'a meter is described'
is "$(jq -r 'select(.event == "meter").evidence[-2:] | map(.outcome) | join(" ")' \
	"$events" | sort -u)" 'ack frame' \
	'each was selected and read, and answered alone'
is "$(jq -r 'select(.id == "31892740") | .evidence[-1].request, (.raw == .evidence[-1].answer)' \
	"$events" | tr '\n' ' ')" '107BFD7816 true ' \
	'with the bytes'
is "$(tail -n 1 "$events" | jq -r '[.event, .several, .silent, .suspect] | join(" ")')" \
	'summary 0 0 0' 'the summary comes last'
end_site

done_testing
