#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The examples do on a bus with a simulated meter what they are examples of.
. "$(dirname "$0")/../site/site.sh"
. "$(dirname "$0")/../python/python.sh"

site single
run_ok 'read.c reads a meter' "$build/tests/examples/read" mbus0 5
is "$(printf '%s\n' "$out" | jq -r '.bus, (.telegrams[0].meter.address),
	(.telegrams[0].records[] | select(.name == "volume") | .value)')" \
	'mbus0
3189274724232804
264.7291' 'and prints its readout as JSON'
run_ok 'by secondary address, too' "$build/tests/examples/read" mbus0 31892747
run_is 1 'a meter that is not there' "$build/tests/examples/read" mbus0 6
like "$err" '^read: silence: ' 'is reported with its kind'
run_ok 'scan.c finds the meter' "$build/tests/examples/scan"
is "$out" '3189274724232804 confirmed 5' 'and prints its address and state'
run_ok 'readings.py finds and reads it' python "$top/userspace/examples/readings.py"
is "$(printf '%s\n' "$out" | head -n 3)" '3189274724232804 confirmed
  energy: 174843100 Wh
  volume: 264.7291 m³' 'and prints its readings'
run_is 1 'readings.py on a bus that is not there' \
	python "$top/userspace/examples/readings.py" mbus7
like "$err" '^readings.py: no-bus: ' 'has the kind and the reason'
end_site

done_testing
