#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A guard that is too short for the converter is raised if that is allowed,
# and reported with the cause if not.
. "$(dirname "$0")/site.sh"

attach_options='--guard 1'
site reference-site
scan --guard 0
is "$status $(count silent) $(count confirmed) $(count suspect)" '8 15 0 0' \
	'guard fixed at 0: 15 acknowledge and are silent'
is "$(found silent)" "$(fifteen FFFFFFFF)" 'each is listed by its number'
like "$(finding requests-lost)" 'the request is lost. Cause: .*37 to 50 ms.*Remedy: ' \
	'with the cause and the remedy'
unlike "$(cat "$events")" 'not found' 'none is "not found"'
is "$err" '' 'and no error'

run "$mbusctl" scan --guard 0 --mask 3189274F
is "$(printf '%s\n' "$out" | grep -c '^318927.* silent')" 10 \
	'the same in a table'

run_ok 'read learns the guard' "$mbusctl" read 31892743
like "$err" 'converter needs >= 60 ms' 'with the time that the converter needs'
run_ok 'the next read need not learn it' "$mbusctl" read 31892744
is "$err" '' 'and reports nothing'
end_site

site reference-site --turnaround 50
finds_all_fifteen 'scan learns it from the first meter: 15 of 15'
like "$(finding turnaround)" 'converter needs >= 60 ms' \
	'scan reports the time that the converter needs'
like "$("$mbusctl" status)" 'guard 60\.000 ms' 'the guard of the bus is raised'
end_site

site reference-site --turnaround 300
finds_all_fifteen 'turnaround 300 ms: 15 of 15'
is "$(jq 'select(.kind == "turnaround") | .guard_ms' "$events")" 500 \
	'turnaround 300 ms: the guard becomes 500 ms'
end_site

done_testing
