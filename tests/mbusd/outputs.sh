# SPDX-License-Identifier: GPL-2.0-only
#
# For tests of outputs: servers of their own on loopback, and the outbox with a
# store and no bus (outbox_run.c).

. "$(dirname "$0")/../lib/tap.sh"

PATH=$PATH:/usr/sbin
tab=$(printf '\t')

# free_port: an unused TCP port of loopback
free_port()
{
	python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])'
}

# configure NAME LINE...: $tmp/NAME.conf of site NAME with these lines
configure()
{
	conf=$tmp/$1.conf
	{
		printf '[mbusd]\nsite = %s\nstore = %s\n' "$1" "$tmp/$1.db"
		shift
		printf '%s\n' "$@"
	} >"$conf"
}

# outbox NAME: starts the outbox that ask uses from now on, as $outbox_pid; messages are
# in $tmp/NAME.log. Programs started later must not inherit its pipes.
outbox()
{
	[ -p "$tmp/$1.in" ] || mkfifo "$tmp/$1.in" "$tmp/$1.out"
	# A pipe is opened when both ends are, so not by this shell twice.
	# shellcheck disable=SC2016
	background sh -c 'exec "$0" "$1.conf" <"$1.in" >"$1.out" 2>>"$1.log"' \
		"$build/tests/mbusd/outbox_run" "$tmp/$1"
	outbox_pid=$pid
	exec 3>"$tmp/$1.in" 4<"$tmp/$1.out"
}

# Ends it by closing its input.
end_outbox()
{
	exec 3>&-
	wait "$outbox_pid"
	status=$?
	exec 4<&-
}

# ask WORD...: sends a command; $answer is the answer
ask()
{
	(IFS=$tab && printf '%s\n' "$*" >&3)
	read -r answer <&4 || give_up "outbox_run died at $*: $(cat "$tmp"/*.log)"
}

# broker PORT LINE...: mosquitto with these lines in its configuration
broker()
{
	broker_port=$1
	shift
	{
		printf 'listener %s 127.0.0.1\nuser root\npersistence false\n' \
			"$broker_port"
		printf 'max_queued_messages 0\nlog_type all\n'
		printf '%s\n' "$@"
	} >"$tmp/mosquitto.conf"
	: >"$tmp/mosquitto.log"
	background mosquitto -c "$tmp/mosquitto.conf" \
		>"$tmp/mosquitto.log" 2>&1 3>&- 4<&-
	broker_pid=$pid
	wait_for_line "$tmp/mosquitto.log" 'mosquitto version .* running' ||
		give_up 'mosquitto does not start'
}

# subscribe FILE ARG...: writes received messages to FILE, topic and message a line
subscribe()
{
	subscribe_to=$1
	shift
	: >"$subscribe_to"
	before=$(grep -c 'Sending SUBACK' "$tmp/mosquitto.log")
	background mosquitto_sub -h 127.0.0.1 -p "$broker_port" -q 1 -v "$@" \
		>"$subscribe_to" 2>>"$tmp/subscribers.log" 3>&- 4<&-
	until [ "$(grep -c 'Sending SUBACK' "$tmp/mosquitto.log")" -gt "$before" ]; do
		wait_for_line "$tmp/mosquitto.log" 'SUBACK' || give_up 'the subscription failed'
	done
}

# ids FILE: ids of the received readouts, in order, on a line
ids()
{
	grep '^mbus/[^ ]* {' "$1" | sed 's/^[^ ]* //' | jq -r .id | tr '\n' ' '
}

# numbers FROM TO: as ids prints them
numbers()
{
	seq "$1" "$2" | tr '\n' ' '
}

# influx PORT LINE...: InfluxDB 1 with these lines for [http]; data are kept
# from one to the next
influx()
{
	influx_port=$1
	shift
	{
		printf 'reporting-disabled = true\nbind-address = "127.0.0.1:%s"\n' \
			"$(free_port)"
		printf '[%s]\ndir = "%s/influx/%s"\n' meta "$tmp" meta data "$tmp" data
		printf 'wal-dir = "%s/influx/wal"\n' "$tmp"
		printf '[monitor]\nstore-enabled = false\n'
		printf '[http]\nbind-address = "127.0.0.1:%s"\n' "$influx_port"
		printf '%s\n' "$@"
	} >"$tmp/influxdb.conf"
	: >"$tmp/influxdb.log"
	background influxd -config "$tmp/influxdb.conf" \
		>"$tmp/influxdb.log" 2>&1 3>&- 4<&-
	influx_pid=$pid
	wait_for_line "$tmp/influxdb.log" 'Listening on HTTP' ||
		give_up 'influxd does not start'
}

# query DATABASE STATEMENT: rows as arrays, a line each, numbers as they came
query()
{
	curl -sS --noproxy '*' -G "http://127.0.0.1:$influx_port/query" \
		--data-urlencode "db=$1" --data-urlencode "q=$2" \
		--data-urlencode epoch=ns |
		python3 -c 'import json, sys
answer = json.load(sys.stdin, parse_float=str, parse_int=str)
for result in answer["results"]:
    if "error" in result:
        print(result["error"])
    for series in result.get("series", []):
        for row in series["values"]:
            print(*row)'
}

# receiver PORT [CERTIFICATE KEY [CA]]: takes POST; $tmp/requests, $tmp/rules
receiver()
{
	receiver_port=$1
	shift
	rm -f "$tmp/requests"
	background "$top/tests/mbusd/receiver" "$receiver_port" \
		"$tmp/requests" "$tmp/rules" "$@" 3>&- 4<&-
	receiver_pid=$pid
	wait_for_file "$tmp/requests" || give_up 'the receiver does not start'
}

# certificates: a CA, a server's and a client's certificate in $tmp/ca, and an
# other CA
certificates()
{
	mkdir "$tmp/ca"
	for name in ca other; do
		openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
			-nodes -days 2 -subj "/CN=$name" \
			-keyout "$tmp/ca/$name.key" -out "$tmp/ca/$name.crt"
	done 2>/dev/null
	for name in server client; do
		openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 \
			-nodes -subj "/CN=$name" -keyout "$tmp/ca/$name.key" \
			-out "$tmp/ca/$name.csr"
		echo 'subjectAltName = IP:127.0.0.1' >"$tmp/ca/names"
		openssl x509 -req -days 2 -in "$tmp/ca/$name.csr" \
			-CA "$tmp/ca/ca.crt" -CAkey "$tmp/ca/ca.key" \
			-extfile "$tmp/ca/names" -out "$tmp/ca/$name.crt"
	done 2>/dev/null
}
