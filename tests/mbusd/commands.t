#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Commands that an MQTT broker delivers: readouts and searches.
. "$(dirname "$0")/outputs.sh"
. "$(dirname "$0")/mbusd.sh"

port=$(free_port)
broker "$port" 'allow_anonymous true'
config 1 2
cat >>"$tmp/mbusd.conf" <<END
[output broker]
type = mqtt
url = mqtt://127.0.0.1:$port
discovery = homeassistant
commands = yes
END

# tell TOPIC TEXT...: publishes TEXT on a topic of commands
tell()
{
	topic=$1
	shift
	mosquitto_pub -h 127.0.0.1 -p "$port" -q 1 -t "mbus/test/command/$topic" "$@"
}

tell read -r -m m0-1
subscribe "$tmp/got" -t '#'
daemon
wait_for_line "$tmp/got" 'mbus/test/status online'
wait_for_line "$tmp/mosquitto.log" 'Sending SUBACK'
tell read -m m0-0
wait_for_line "$tmp/got" 'mbus/test/m0-0 .*"outcome":"read"'
ok $? 'a meter is read when its name is sent'
is "$(db 'SELECT group_concat(name) FROM readout JOIN meter ON meter.id = meter')" m0-0 \
	'its readout is stored; a retained command is ignored'
like "$(grep 'device/.*m0-0/config' "$tmp/got" | cut -d' ' -f2- |
	jq -r '.components.read_now | .platform, .command_topic, .payload_press' | tr '\n' ' ')" \
	'^button mbus/test/command/read m0-0 $' 'Home Assistant gets a button for it'

tell search -m bus0
wait_for_line "$tmp/log" 'output broker: search 1 on bus bus0 begins'
ok $? 'a bus is searched'
tell read -m nobody
wait_for_line "$tmp/log" "output broker: command for 'nobody': no meter of this name"
ok $? 'the name of no meter is logged'
tell search -m "$(printf 'bus\033[2J')"
wait_for_line "$tmp/log" "command for 'bus.x1b.2J': no bus of this name"
ok $? 'that of no bus, too, without control characters'
tell read -n
wait_for_line "$tmp/log" 'mbus/test/command/read is without the name of a meter or bus; send'
ok $? 'as is a command without a name'
head -c 100000 /dev/zero | tr '\0' x | tell read -s
wait_for_line "$tmp/log" "command for 'x{79}': no meter"
ok $? 'a long name is not a meter'
tell dance -m m0-0
wait_for_line "$tmp/log" 'mbus/test/command/dance is no command; there are read and search'
ok $? 'nor is each topic a command'
kill "$pid"
wait "$pid"
is $? 0 'the daemon ends'

done_testing
