#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The dashboards and examples of Documentation/ query existing data.
. "$(dirname "$0")/outputs.sh"

grafana=$top/Documentation/grafana
examples=$top/Documentation/examples
influx "$(free_port)"
curl -sS --noproxy '*' -o /dev/null "http://127.0.0.1:$influx_port/query" \
	--data-urlencode 'q=CREATE DATABASE heat'
configure home '[output database]' 'type = influx1' \
	"url = http://127.0.0.1:$influx_port" 'database = heat' \
	'[bus cellar]' 'bus = mbus0' '[meter house]' 'address = 12345678'
outbox home
ask start
# Energy, power, volume, volume flow, two temperatures, at one second each.
hyd=$(python3 -c 'body = bytes.fromhex("08017278563412242328040100 0000 0406E8030000 022B6400 0416E8030000 023B2A00 025A2D01 025E4101")
print((bytes([0x68, len(body), len(body), 0x68]) + body + bytes([sum(body) & 255, 0x16])).hex())')
for _ in 1 2 3; do
	ask telegrams house "$hyd"
done
ask fail house 'nobody answers'
ask wait
ask metrics "$tmp/metrics"

# --- InfluxDB

jq -r '.panels[] | .title as $title | .targets[] | [$title, .query] | @tsv' \
	"$grafana/influxdb.json" >"$tmp/queries"
while IFS=$tab read -r title statement; do
	# shellcheck disable=SC2016 # Grafana's variables
	statement=$(printf '%s' "$statement" | sed 's/\$site/.*/g; s/\$meter/.*/g
		s/\$__interval/1s/g
		s/\$timeFilter/time >= 1767225600s AND time < 1767312000s/')
	case $title in *'per day') statement=$(echo "$statement" | sed 's/time(1d)/time(1s)/') ;; esac
	like "$(query heat "$statement")" '^17672256[0-9]* ' "InfluxDB: $title"
done <"$tmp/queries"
is "$(query heat "$(jq -r '.templating.list[0].query' "$grafana/influxdb.json")" | sort -u)" 'site home' \
	'InfluxDB: the variable'

# --- Prometheus

{
	printf 'groups:\n  - name: dashboard\n    rules:\n'
	# shellcheck disable=SC2016
	jq -r '.panels[].targets[].expr' "$grafana/prometheus.json" | sed 's/\$site/.*/; s/\$meter/.*/' |
		while read -r expression; do
			number=$((${number-0} + 1))
			printf "      - record: panel_%d\n        expr: '%s'\n" $number "$expression"
		done
} >"$tmp/rules.yml"
run_ok 'Prometheus: all expressions are valid' promtool check rules "$tmp/rules.yml"
run_ok 'Prometheus: alerts' promtool check rules "$examples/mbusd-rules.yml"
cp "$examples/prometheus.yml" "$tmp/prometheus.yml"
run_ok 'Prometheus: configuration' promtool check config --syntax-only "$tmp/prometheus.yml"
cat "$tmp/rules.yml" "$examples/mbusd-rules.yml" | grep -oE 'mbusd?_[a-z_]+' | sort -u >"$tmp/asked"
grep '^# TYPE' "$tmp/metrics" | cut -d' ' -f3 | sort >"$tmp/there"
is "$(comm -23 "$tmp/asked" "$tmp/there")" '' 'all queried metrics exist'
for quantity in $(grep -o 'quantity="[^"]*",unit="[^"]*"' "$tmp/rules.yml" | tr ' ' '_' | sort -u); do
	like "$(tr ' ' '_' <"$tmp/metrics")" "^mbus_value.*$quantity" "$quantity is"
done
end_outbox

done_testing
