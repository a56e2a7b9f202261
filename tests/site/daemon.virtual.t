#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# mbusctl prints the same through mbusd as on the bus itself.
. "$(dirname "$0")/site.sh"

site reference-site
run_ok 'the response window is raised' "$mbusctl" set --gap 2000 --slack 1000
cat >"$tmp/mbusd.conf" <<END
[mbusd]
site = test
store = $tmp/readings.db
[api]
socket = $tmp/sock
[bus north]
bus = mbus0
[meter house-1]
bus = north
address = 31892741
[meter nobody]
bus = north
address = 99999999
END
chmod 640 "$tmp/mbusd.conf"
background "$build/mbusd" -c "$tmp/mbusd.conf" 2>"$tmp/mbusd.log"
mbusd=$pid
wait_for_line "$tmp/mbusd.log" 'runs with' 60 || give_up 'no mbusd'
wait_for_line "$tmp/mbusd.log" 'north is mbus0' 60 || give_up 'no bus'
MBUSD_SOCKET=$tmp/sock
export MBUSD_SOCKET

# both NAME COMMAND...: the same both ways, except for counters of the meters
both()
{
	name=$1
	shift
	run "$mbusctl" "$@"
	by_daemon="$status
$(same "$out")
$err"
	run "$mbusctl" "$@" --direct
	is "$by_daemon" "$status
$(same "$out")
$err" "$name"
}

# Access numbers, checksums, durations, readouts in between, and members that
# only the daemon adds.
same()
{
	printf '%s\n' "$1" | sed -E 's/access number [0-9]+/access number/;
		s/"(time|raw|answer)":"[^"]*"//g; s/"(access_number|seconds|at_us|delay_us)":[0-9.]+//g;
		s/telegrams, [^)]*/telegrams/; s/[0-9]+ telegrams/telegrams/;
		s/"telegrams":[0-9]+//; s/"bus":"[^"]*",//g;
		s/"id":0,"site":"test","meter":"",//; s/"labels":\{\},//'
}

both 'a readout' read 31892743
both 'as JSON' read --json 31892743
both 'of a meter that is not there' read 31892799
both 'a search' scan --json --mask 3189275F
both 'that finds nothing' scan --mask 9999999F
is "$(curl -s --unix-socket "$MBUSD_SOCKET" http://mbusd/v1/buses/north/scans/2 |
	jq -r '[.running, .events[-1].event] | join(" ")')" 'false summary' \
	'mbusd has made each requested search'

# ^C in the middle of a search by mbusd.
"$mbusctl" scan --json >"$events" 2>"$tmp/scan.err" &
scan=$!
wait_for_line "$events" '"confirmed"' 600
kill -INT $scan
status=0
wait $scan || status=$?
is "$status" 130 'a search ended by SIGINT ends with 130'
is "$(tail -n 1 "$events" | jq -r '[.event, .stopped] | join(" ")')" \
	'summary true' 'its summary is marked as stopped'
run_ok 'the next search can begin' "$mbusctl" scan --mask 31892741

# Readouts for its own store.
run_ok 'a meter is read now' curl -sf -X POST --unix-socket "$MBUSD_SOCKET" \
	http://mbusd/v1/meters/house-1/read
raw=$(printf '%s' "$out" | jq -r '.telegrams[0].raw')
run_ok 'its history' "$mbusctl" history house-1 --json
is "$(printf '%s' "$out" | jq -r '.telegrams[0].raw')" "$raw" 'has that telegram'
run_ok 'in a table' "$mbusctl" history house-1
like "$out" '^[0-9-]+ [0-9:]+ +[0-9]+' 'with its numbers'
run curl -s -X POST --unix-socket "$MBUSD_SOCKET" \
	http://mbusd/v1/meters/nobody/read
is "$(printf '%s' "$out" | jq -r .error.kind)" silence 'a missing meter'
run_is 0 'its failure is stored' "$mbusctl" history nobody
like "$("$mbusctl" meters)" 'nobody .* silence: ' 'and shown'

kill "$mbusd"
status=0
wait "$mbusd" || status=$?
is "$status" 0 'mbusd ends'
run_ok 'the bus remains without it' "$mbusctl" read 31892743
end_site

done_testing
