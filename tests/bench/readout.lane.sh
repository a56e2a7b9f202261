#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# tests/bench/readout.lane.sh PROGRAM: readouts with the settings a bus has by
# itself, behind the slowest converter they are for, and with those that tune
# proposes for a faster one.
. "$(dirname "$0")/../site/site.sh"

scenarios=$top/tests/bench/lane
failed=0

site readout --turnaround 50
"$1" 'as attached' 50 || failed=1
end_site

site readout --turnaround 37
"$mbusctl" tune --set --json 5 >"$tmp/tuned" || give_up 'no tuning'
"$1" "guard $(jq .settings.guard_us "$tmp/tuned") us" 37 || failed=1
end_site
exit $failed
