#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# ser2net as the gateway: raw TCP, and RFC 2217.
. "$(dirname "$0")/lane.sh"

command -v ser2net >/dev/null || skip_all 'no ser2net'

# serves: ser2net on $pty, raw on port 4001 and RFC 2217 on port 4002.
serves()
{
	cat >"$tmp/ser2net.yaml" <<-END
		%YAML 1.1
		---
		connection: &raw
		  accepter: tcp,127.0.0.1,4001
		  connector: serialdev,$pty,2400e81,local
		connection: &set
		  accepter: telnet(rfc2217),tcp,127.0.0.1,4002
		  connector: serialdev,$pty,9600n81,local
	END
	background ser2net -n -c "$tmp/ser2net.yaml" >"$tmp/ser2net.log" 2>&1
	gateway=$pid
	# It does not report that its ports are open: 4001 and 4002, listening.
	tries=0
	until [ "$(grep -c ':0FA[12] .* 0A ' /proc/net/tcp)" = 2 ]; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || give_up "$(cat "$tmp/ser2net.log")"
		sleep 0.1
	done
}

# Its library resolves no IPv4 name if there is only a loopback address.
ip address add 192.0.2.1/32 dev lo

# port_follows BAUD: nothing reports that ser2net has set its port, in virtual time
port_follows()
{
	tries=0
	until [ "$(stty -F "$pty" speed)" = "$1" ] || [ $tries -eq 50 ]; do
		tries=$((tries + 1))
		sleep 0.1
	done
	is "$(stty -F "$pty" speed)" "$1" "RFC 2217: the port follows to $1"
}

wire single
serves

held --tcp 127.0.0.1:4001
is "$(cat "$tmp/hold.err")" '' 'raw: connected'
run_ok 'raw: a meter is read' "$mbusctl" read 5
run_ok 'detach' "$mbusctl" detach
wait "$holder"

# The port is at 9600 8N1 until it is set.
held --rfc2217 127.0.0.1:4002
is "$(cat "$tmp/hold.err")" '' 'RFC 2217: connected'
is "$(stty -F "$pty" speed)" 2400 'RFC 2217: the port is set to 2400 baud'
run_ok 'RFC 2217: a meter is read' "$mbusctl" read 5
run_ok 'the baud rate of the bus is changed' "$mbusctl" set --baud 300
port_follows 300
run_ok 'and restored' "$mbusctl" set --baud 2400
port_follows 2400
run_ok 'RFC 2217: the meter is read again' "$mbusctl" read 5

# ser2net is restarted under the bus.
stop "$gateway"
wait_for_line "$tmp/hold.err" 'the connection to 127.0.0.1:4002 is lost'
ok $? 'its end is reported'
serves
wait_for_line "$tmp/hold.err" 'connected to 127.0.0.1:4002' 60
ok $? 'its restart as well'
run_ok 'RFC 2217: the meter is read after that' "$mbusctl" read 5
run_ok 'detach' "$mbusctl" detach
wait "$holder"

# A gateway without RFC 2217 is reported.
held --rfc2217 127.0.0.1:4001
like "$(cat "$tmp/hold.err")" \
	'cannot use 127.0.0.1:4001: it does not take settings by RFC 2217; set it to 2400 8E1 itself and use raw TCP' \
	'a raw port with --rfc2217 is reported'
end_held

done_testing
