#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# From the wire to all outputs at once: the second reference site, a broker, a
# database and the API, and the same digits everywhere.
. "$(dirname "$0")/outputs.sh"
. "$(dirname "$0")/mbusd.sh"

scenario=$top/userspace/mbus-sim/scenarios/reference-site-2.ini
mqtt=$(free_port)
broker "$mqtt" 'allow_anonymous true'
influx "$(free_port)"
curl -sS --noproxy '*' -o /dev/null "http://127.0.0.1:$influx_port/query" \
	--data-urlencode 'q=CREATE DATABASE heat'
subscribe "$tmp/mqtt" -t 'mbus/#'

configure mbusd '[api]' "socket = $tmp/api" '[bus heating]' "tty = $scenario" \
	'[output mqtt]' 'type = mqtt' "url = mqtt://127.0.0.1:$mqtt" \
	'[output influx]' 'type = influx1' "url = http://127.0.0.1:$influx_port" \
	'database = heat'
# By primary addresses, or by IDs for meters without one.
awk -F' = ' '/^\[meter/ { print } /^id/ { id = $2 }
	/^address/ { print "address = " ($2 ? $2 : id) }' "$scenario" >>"$conf"
daemon
wait_for_line "$tmp/log" 'runs with' || give_up "$(cat "$tmp/log")"
wait_for_line "$tmp/log" 'bus heating is' || give_up "$(cat "$tmp/log")"

# api METHOD PATH
api()
{
	curl -sS --unix-socket "$tmp/api" -X "$1" "http://mbusd$2"
}

meters=$(api GET /v1/meters | jq -r '.meters[].meter')
is "$(echo "$meters" | wc -l)" 11 'eleven meters'
for meter in $meters; do
	api POST "/v1/meters/$meter/read" | jq -r .outcome
done | sort | uniq -c >"$tmp/outcomes"
is "$(tr -s ' ' <"$tmp/outcomes")" ' 11 read' 'all are read'

# Waits until both outputs have delivered everything.
until=$(($(tap_now) + 60))
until [ "$(api GET /v1/outputs |
	jq -c '[.outputs[] | .delivered, .backlog]')" = '[11,0,11,0]' ]; do
	[ "$(tap_now)" -lt $until ] || give_up "$(api GET /v1/outputs) $(cat "$tmp/log")"
	tap_watch "$tmp"
done
wait_for_line "$tmp/mqtt" '"id":11,'
ok $? 'the broker and the database have received them'

api GET /v1/readings >"$tmp/readings"
for meter in $meters; do
	"$build/mbusctl" history "$meter" --format csv --socket "$tmp/api"
done | awk 'NR == 1 { head = $0; print } $0 != head' >"$tmp/csv"
curl -sS --noproxy '*' -G "http://127.0.0.1:$influx_port/query" \
	--data-urlencode db=heat --data-urlencode epoch=ns \
	--data-urlencode 'q=SELECT value, "exact" FROM mbus GROUP BY *' >"$tmp/points"

# Two meters with ten numbers, nine with 22; dates do not count.
run python3 "$top/tests/mbusd/digits.py" "$scenario" mqtt="$tmp/mqtt" \
	api="$tmp/readings" csv="$tmp/csv" influx="$tmp/points"
is "$err" '' 'they can be compared'
for way in mqtt api csv influx; do
	is "$(echo "$out" | grep "^$way")" "$way: 218 numbers of 11 meters" \
		"$way: the digits are those of the telegrams"
done

stop "$pid"
is $? 0 'mbusd ends without leaks'

done_testing
