#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A bus behind a raw TCP gateway: attach, latency, loss and reconnect.
. "$(dirname "$0")/lane.sh"

# --- invalid addresses

for wrong in gateway 4001 ::1:4001 '[::1]' '[::1:4001' host: host:0 host:65536 host:x; do
	run_is 2 "attach --tcp $wrong" "$mbusctl" attach --tcp "$wrong"
	like "$err" "^mbusctl: $(printf %s "$wrong" | sed 's/[][]/\\&/g'): (not an address; write HOST:PORT|the port is not a number)" \
		'names the fault'
done
run_is 2 'a gateway and a tty' "$mbusctl" attach --tcp h:1 ttyS0
run_is 2 'a gateway and an adapter' "$mbusctl" attach --tcp h:1 --vid 1 --pid 2
run_is 2 'a latency without a gateway' "$mbusctl" attach --latency 5 ttyS0

# --- a working gateway

wire single
box --away 10
held --tcp 127.0.0.1:4001
is "$(cat "$tmp/hold.out") $(cat "$tmp/hold.err")" 'mbus0 ' \
	'attach prints the name and nothing else'
run_ok 'a meter is read through it' "$mbusctl" read 5
like "$("$mbusctl" status)" 'slack 6[0-9]\.[0-9]+ ms' \
	'slack allows for the delay of the gateway'

# --- the connection is lost and restored

kill -USR1 "$gateway"
wait_for_line "$tmp/hold.err" '^mbusctl: mbus0: the connection to 127.0.0.1:4001 is lost: .*; trying again in 1 s$'
ok $? 'the loss is reported' || diag "$(cat "$tmp/hold.err")"
run_is 10 'a transaction without connection' "$mbusctl" send 105BFE5916
like "$err" '^mbusctl: mbus0: its gateway is not connected' 'ends at once with the reason'
wait_for_line "$tmp/hold.err" '^mbusctl: mbus0: connected to 127.0.0.1:4001, round trip [0-9]+\.[0-9] ms$'
ok $? 'the new connection is reported'
run_ok 'the meter is read again, on the same bus' "$mbusctl" -b mbus0 read 5
end_held

# --- a slow gateway

wire single
box --delay 100
held --tcp 127.0.0.1:4001 --latency 250
run_ok 'read through 100 ms each way' "$mbusctl" read 5
is "$("$mbusctl" status --json | jq '.outcomes | .silence // 0, .garbled // 0')" '0
0' 'without a repetition'
run_is 5 'an address without a meter' "$mbusctl" send --repeats 0 1040094916
end_held

# --- a gateway with an unknown delay

wire single
box --delay 100
held --tcp 127.0.0.1:4001
run_ok 'read, with repetitions' "$mbusctl" read 5
before=$("$mbusctl" status --json | jq .outcomes.silence)
run_ok 'read again' "$mbusctl" read 5
is "$("$mbusctl" status --json | jq .outcomes.silence)" "$before" \
	'what was learnt of the latency suffices'
end_held

# --- an unreachable gateway

wire single
held --tcp localhost:4001
like "$(cat "$tmp/hold.err")" \
	'^mbusctl: mbus0: cannot use localhost:4001: Connection refused; trying again in 1 s$' \
	'an unreachable gateway is reported, and the bus exists'
is "$(state)" no-link 'without link'
box
wait_for_line "$tmp/hold.err" 'connected to localhost:4001' 90
ok $? 'it is tried again until it is'
run_ok 'a meter is read through it' "$mbusctl" read 5
end_held

# --- a network that fails silently

wire single
box
held --tcp 127.0.0.1:4001
ip link set lo down
run "$mbusctl" send 105BFE5916
is "$status" 10 'a request that the gateway does not acknowledge is not a silence of the meter' ||
	diag "$out $err"
wait_for_line "$tmp/hold.err" 'acknowledges nothing' 30
ok $? 'attach reports that nothing is acknowledged'
is "$(state)" no-link 'the bus has no link'
wait_for_line "$tmp/hold.err" 'the connection to 127.0.0.1:4001 is lost' 60
ok $? 'and in the end that the connection is lost'
ip link set lo up
wait_for_line "$tmp/hold.err" 'connected to' 120
ok $? 'when the network works again, so does the bus'
run_ok 'the meter is read' "$mbusctl" read 5
end_held

done_testing
