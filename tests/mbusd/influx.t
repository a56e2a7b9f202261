#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The InfluxDB output, with a real database; for 2.x with a receiver that only
# checks the requests.
. "$(dirname "$0")/outputs.sh"

# post STATEMENT
post()
{
	curl -sS --noproxy '*' -o /dev/null "http://127.0.0.1:$port/query" \
		--data-urlencode "q=$1"
}

port=$(free_port)
(umask 077 && echo sesame >"$tmp/secret")
configure home '[output database]' 'type = influx1' \
	"url = http://127.0.0.1:$port/" 'database = heat' \
	'user = mbusd' "password-file = $tmp/secret" '[bus cellar]' 'bus = mbus0' \
	'[meter house]' 'address = 12345678' 'label.street = Am Bach, 3' \
	'label.unit = left'
influx "$port"
outbox home
ask start

# --- points

ask add 3 house attic
ask stuck
like "$answer" ' 0 [1-9][0-9]* 3 .*answers 404: database not found: "heat"$' \
	'a missing database is waited for'
post 'CREATE DATABASE heat'
ask wait
is "$(query heat "SELECT value FROM mbus WHERE quantity = 'volume'")" \
"1767225601000000000 0.001
1767225602000000000 0.002
1767225603000000000 0.003" 'values, with the time of the readout'
is "$(query heat 'SHOW TAG VALUES WITH KEY IN (site, meter, street, unit, label_unit, bus)')" \
'bus cellar
label_unit left
meter attic
meter house
site home
street Am Bach, 3
unit Wh
unit m³
unit °C' 'tags with site, meter and labels'

# --- failures

ask fail house 'nobody "answers" \'
ask wait
is "$(query heat 'SELECT why, outcome, meter, site, bus, street FROM mbus_failure')" \
	'1767225604000000000 nobody "answers" \ silence house home cellar Am Bach, 3' \
	'failures are points of their own'

# --- an outage

kill -9 "$influx_pid"
wait "$influx_pid" 2>/dev/null
ask add 1000 house attic
ask stuck
like "$answer" '^database influx - 4 [0-9]+ 1000 http:[^ ]* does not answer' \
	'the status has the reason and the backlog'
influx "$port"
ask wait
query heat "SELECT value FROM mbus WHERE quantity = 'volume' AND time >= 1767225605s" \
	>"$tmp/got"
for i in $(seq 5 1004); do
	printf '%d000000000 %d.%03d\n' $((1767225600 + i)) $((i / 1000)) $((i % 1000))
done | sed 's/0*$//; s/\.$//' >"$tmp/expected"
cmp "$tmp/got" "$tmp/expected"
ok $? '1000 readouts of an outage arrive'

# --- digits

grep -h '^68' "$top"/tests/vectors/*.txt | sed 's/;.*//' | tr -d ' ' >"$tmp/hex"
while read -r hex; do
	ask telegrams exact "$hex"
done <"$tmp/hex"
# 2^53 + 1, and 48 bits.
odd=$(python3 -c 'body = bytes.fromhex("08017278563412242328040100 0000 0713010000000000 2000 0603FFFFFFFFFF7F")
print((bytes([0x68, len(body), len(body), 0x68]) + body + bytes([sum(body) & 255, 0x16])).hex())')
ask telegrams exact "$odd"
ask wait
echo "$odd" >>"$tmp/hex"
# Each meter separately.
while read -r hex; do
	echo "$hex" | "$build/mbusctl" decode --json 2>/dev/null
done <"$tmp/hex" |
	python3 -c 'import json, sys
from decimal import Decimal
for line in sys.stdin:
    for telegram in json.loads(line, parse_float=Decimal, parse_int=Decimal)["telegrams"]:
        if int(telegram["c"]) & 0x40:
            continue
        for record in telegram["records"]:
            if isinstance(record.get("value"), Decimal):
                print(format(record["value"], "f"))' | sort >"$tmp/sent"
query heat "SELECT value, \"exact\" FROM mbus WHERE meter = 'exact'" |
	awk '$2 != "None" { print $3 == "None" ? $2 : $3 }' |
	sed 's/^1e-9$/0.000000001/' | sort >"$tmp/stored"
cmp "$tmp/sent" "$tmp/stored"
ok $? 'all numbers are those of the telegrams, to the last digit' ||
	diag "$(diff "$tmp/sent" "$tmp/stored")"
like "$(query heat "SELECT \"exact\" FROM mbus WHERE meter = 'exact'")" \
	' 9007199254740.993$' 'digits beyond a double are kept as text'
[ "$(wc -l <"$tmp/stored")" -gt 150 ]
ok $? 'many numbers were compared'

# --- points that the database refuses

post 'CREATE DATABASE old WITH DURATION 1h'
sed -i 's/database = heat/database = old/' "$tmp/home.conf"
ask add 1 house
ask wait
ask reload
ask add 3 house
ask wait
ask status
like "$answer" '^database influx connected 3 0 0 -$' 'a refused point does not delay the others'
like "$(cat "$tmp/home.log")" 'readout [0-9]+ of meter house is parked: .*points beyond retention policy' \
	'and is logged'
is "$(query old 'SELECT value FROM mbus')" '' 'none of them was written'

# A number in a field of text.
text=$(python3 -c 'body = bytes.fromhex("08017278563412242328040100 0000 011607 0DFD1103414243 011608")
print((bytes([0x68, len(body), len(body), 0x68]) + body + bytes([sum(body) & 255, 0x16])).hex())')
post 'CREATE DATABASE mixed'
sed -i 's/database = old/database = mixed/' "$tmp/home.conf"
curl -sS --noproxy '*' "http://127.0.0.1:$port/write?db=mixed" --data-binary 'mbus text=1 1767225600000000000'
ask reload
ask add 2 house
ask telegrams house "$text"
ask add 2 house
ask wait
is "$(query mixed "SELECT count(value) FROM mbus WHERE quantity = 'volume'")" '0 6' \
	'other points of the batch are written'
like "$(cat "$tmp/home.log")" 'readout [0-9]+ of meter house is parked: .*field type conflict' \
	'the log names the readout'

# --- permissions

post "CREATE USER root WITH PASSWORD 'root' WITH ALL PRIVILEGES"
post "CREATE USER mbusd WITH PASSWORD 'sesame'"
stop "$influx_pid"
influx "$port" 'auth-enabled = true'
ask add 1 house
ask stuck
like "$answer" 'answers 403: .*not authorized to write to database.*; check user' \
	'without permission the readouts wait'
curl -sS --noproxy '*' -o /dev/null -u root:root "http://127.0.0.1:$port/query" \
	--data-urlencode 'q=GRANT WRITE ON mixed TO mbusd'
ask wait
pass 'with permission they are written'
end_outbox
is $status 0 'no leak, nothing undefined'

# --- InfluxDB 2

port=$(free_port)
(umask 077 && echo t0ken== >"$tmp/token")
configure two '[output cloud]' 'type = influx2' "url = http://127.0.0.1:$port" \
	'org = A & B' 'bucket = heat' "token-file = $tmp/token"
outbox two
ask start
echo '500 0.001' >"$tmp/rules"
receiver "$port"
ask add 1 house
ask stuck
like "$answer" '^cloud influx - 0 1 1 http://127.0.0.1:[0-9]+ answers 500: as the rules say$' \
	'an error of the server is repeated'
rm "$tmp/rules"
ask add 2 house
ask wait
jq -r '[.path, .headers.Authorization, .status] | @text' "$tmp/requests" | sort -u >"$tmp/got"
is "$(cat "$tmp/got")" \
'["/api/v2/write?org=A%20%26%20B&bucket=heat&precision=ns","Token t0ken==",204]
["/api/v2/write?org=A%20%26%20B&bucket=heat&precision=ns","Token t0ken==",500]' \
	'the request has organisation, bucket and token'
like "$(jq -r .body "$tmp/requests")" \
	'^mbus,site=two,meter=house,bus=cellar,.*quantity=volume,.* value=0.003 1767225603000000000$' \
	'with the same lines'
end_outbox

done_testing
