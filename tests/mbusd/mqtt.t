#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The MQTT output, with a real broker.
. "$(dirname "$0")/outputs.sh"

port=$(free_port)
configure home '[output broker]' 'type = mqtt' "url = mqtt://127.0.0.1:$port" \
	'user = mbusd' "password-file = $tmp/secret" 'retain = yes'
(umask 077 && echo sesame >"$tmp/secret")
mosquitto_passwd -b -c "$tmp/users" mbusd sesame 2>/dev/null
mosquitto_passwd -b "$tmp/users" reader reader 2>/dev/null
login="-u reader -P reader"

# --- everything arrives

broker "$port" "password_file $tmp/users"
# shellcheck disable=SC2086 # words
subscribe "$tmp/got" -t '#' $login
outbox home
ask start
ask add 5 cellar attic
ask wait
ask status
is "$answer" 'broker mqtt connected 5 0 0 -' 'the status shows the output'
wait_for_line "$tmp/got" '"id":5,'
is "$(ids "$tmp/got")" '1 2 3 4 5 ' 'all readouts arrive, in order'
is "$(head -n 1 "$tmp/got")" 'mbus/home/status online' 'after the birth message'
is "$(sed -n 2,3p "$tmp/got" | cut -d' ' -f1 | tr '\n' ' ')" \
	'mbus/home/cellar mbus/home/attic ' 'each on the topic of its meter'
is "$(sed -n 4p "$tmp/got" | cut -d' ' -f2- |
	jq -c '[.site,.meter,.outcome,.time,.telegrams[0].records[0].value]')" \
	'["home","cellar","read","2026-01-01T00:00:03.000Z",0.003]' \
	'a message has meter, time and values'
like "$(sed -n 4p "$tmp/got")" '"value":7484310000[,}]' 'numbers have no exponent'

# --- failures

ask fail attic 'nobody answers'
ask wait
wait_for_line "$tmp/got" '"id":6,'
is "$(tail -n 1 "$tmp/got" | cut -d' ' -f2- | jq -c '[.meter,.outcome,.why,.telegrams]')" \
	'["attic","silence","nobody answers",[]]' 'failures are published, too'
# shellcheck disable=SC2086
mosquitto_sub -h 127.0.0.1 -p "$port" $login -t 'mbus/home/attic' -C 1 >"$tmp/kept"
is "$(jq .id "$tmp/kept")" 4 'the last successful readout is retained'

# --- an outage

kill -9 "$broker_pid"
wait "$broker_pid" 2>/dev/null
ask stuck
like "$answer" "^broker mqtt - 6 [1-9][0-9]* 0 cannot connect to mqtt://127.0.0.1:$port: " \
	'the status has the reason'
ask add 1000 cellar attic
ask status
like "$answer" '^broker mqtt - 6 [0-9]+ 1000 ' 'and the backlog'

# The broker is back, and does not know the user yet: time to subscribe.
mosquitto_passwd -b "$tmp/users" mbusd other 2>/dev/null
broker "$port" "password_file $tmp/users"
# shellcheck disable=SC2086
subscribe "$tmp/after" -t 'mbus/home/#' $login
wait_for_line "$tmp/mosquitto.log" 'Sending CONNACK to .* \(.*135\)|not authorised'
wait_for_line "$tmp/home.log" 'refuses user mbusd'
ok $? 'a wrong password is reported as such'
mosquitto_passwd -b "$tmp/users" mbusd sesame 2>/dev/null
kill -HUP "$broker_pid"
ask wait
wait_for_line "$tmp/after" '"id":1006,'
is "$(ids "$tmp/after")" "$(numbers 7 1006)" \
	'1000 readouts of an outage arrive once, in order'
is "$(grep -c 'delivery works again' "$tmp/home.log")" 1 'the end of the outage is logged'

# --- the end

ask stop
wait_for_line "$tmp/after" 'mbus/home/status offline'
ok $? 'at the end the status is offline'
ask start
ask add 1 cellar
ask wait
wait_for_line "$tmp/after" '"id":1007,'
is "$(ids "$tmp/after")" "$(numbers 7 1007)" 'after a restart it continues at its position'
kill -9 "$outbox_pid"
wait "$outbox_pid" 2>/dev/null
exec 3>&- 4<&-
until [ "$(grep -c 'status offline' "$tmp/after")" -eq 2 ]; do
	wait_for_line "$tmp/after" 'status offline' || break
done
is "$(grep -c 'status offline' "$tmp/after")" 2 'after a kill the broker publishes offline'
outbox home
ask start
ask add 2 cellar
ask wait
wait_for_line "$tmp/after" '"id":1009,'
is "$(ids "$tmp/after")" "$(numbers 7 1009)" 'it continues after that, too'
end_outbox
is $status 0 'no leak, nothing undefined'

# --- messages that the broker refuses

stop "$broker_pid"
broker "$port" 'allow_anonymous true' 'max_packet_size 4000'
subscribe "$tmp/small" -t 'mbus/home/#'
long=$(python3 -c 'body = bytes.fromhex("08017278563412242328040100 0000") + bytes.fromhex("0116AA") * 78
print((bytes([0x68, len(body), len(body), 0x68]) + body + bytes([sum(body) & 255, 0x16])).hex())')
outbox home
ask start
ask add 1 cellar
ask telegrams cellar "$long" "$long"
ask add 1 cellar
ask wait
wait_for_line "$tmp/small" '"id":1012,'
is "$(ids "$tmp/small")" '1010 1012 ' 'a message that is too large does not delay the others'
like "$(cat "$tmp/home.log")" 'readout 1011 of meter cellar is parked: .*too large|readout 1011 .*Packet too large' \
	'and is logged'
end_outbox

# --- a broker that does not allow writing to these topics

stop "$broker_pid"
printf 'user reader\ntopic read #\nuser mbusd\ntopic write mbus/home/status\n' >"$tmp/acl"
broker "$port" "password_file $tmp/users" "acl_file $tmp/acl"
outbox home
ask start
ask add 2 cellar
ask stuck authorized
like "$answer" 'refuses readouts of meter cellar: Not authorized; allow user mbusd to write to mbus/home/#' \
	'without permission the readouts wait'
printf 'user reader\ntopic read #\nuser mbusd\ntopic write mbus/home/#\n' >"$tmp/acl"
# shellcheck disable=SC2086
subscribe "$tmp/allowed" -t 'mbus/home/cellar' $login
kill -HUP "$broker_pid"
ask wait
wait_for_line "$tmp/allowed" '"id":1014,'
is "$(ids "$tmp/allowed")" '1013 1014 ' 'with permission they arrive'
end_outbox

# --- a broker that stops with messages under way

stop "$broker_pid"
broker "$port" 'allow_anonymous true'
sed -i '/^user\|^password/d' "$tmp/home.conf"
echo 'timeout = 1' >>"$tmp/home.conf"
outbox home
ask start
ask wait
kill -STOP "$broker_pid"
ask add 5 cellar
ask stuck 'does not answer within 1 s'
kill -CONT "$broker_pid"
ask wait
before=$(grep -c 'New client connected .* as mbusd/home/broker' "$tmp/mosquitto.log")
ask add 5 cellar
ask wait
end_outbox
is "$(grep -c 'New client connected .* as mbusd/home/broker' "$tmp/mosquitto.log")" "$before" \
	'a new connection does not wait for messages of the one before'

# --- TLS

stop "$broker_pid"
certificates
chmod 600 "$tmp"/ca/*.key
tls_port=$(free_port)
broker "$port" 'allow_anonymous true' "listener $tls_port 127.0.0.1" \
	"cafile $tmp/ca/ca.crt" "certfile $tmp/ca/server.crt" \
	"keyfile $tmp/ca/server.key" 'require_certificate true'
subscribe "$tmp/secure" -t 'mbus/#'
url="url = mqtts://127.0.0.1:$tls_port"
set -- "cert-file = $tmp/ca/client.crt" "key-file = $tmp/ca/client.key"
configure tls '[output broker]' 'type = mqtt' "$url" "ca-file = $tmp/ca/other.crt" "$@"
outbox tls
ask start
ask add 1 cellar
ask stuck
like "$answer" 'cannot connect to mqtts:.*certificate verify failed' 'a broker of another CA is refused'
configure tls '[output broker]' 'type = mqtt' "$url" "ca-file = $tmp/ca/ca.crt"
ask reload
ask stuck
like "$answer" 'cannot connect to mqtts:' 'a client without a certificate is refused'
configure tls '[output broker]' 'type = mqtt' "$url" "ca-file = $tmp/ca/ca.crt" "$@"
ask reload
ask add 300 cellar
ask wait
wait_for_line "$tmp/secure" '"id":301,'
is "$(ids "$tmp/secure")" "$(numbers 1 301)" 'with both certificates everything arrives'
end_outbox
is $status 0 'no leak, nothing undefined'

done_testing
