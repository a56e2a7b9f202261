#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# A missing bus, or a device that is no bus: one line, remedy, exit status.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl

one_line()
{
	want_status=$1
	want_line=$2
	name=$3
	shift 3
	run "$mbusctl" "$@"
	is "$status $(printf '%s\n' "$err" | wc -l)" "$want_status 1" \
		"$name: one line, status $want_status"
	like "$err" "^mbusctl: $want_line" "$name: names the fault"
}

for command in status monitor detach 'send 105BFE5916'; do
	# shellcheck disable=SC2086 # a command with its argument
	one_line 3 'there is no bus mbus4711' "a missing bus, ${command%% *}" \
		-b mbus4711 $command
done
one_line 3 'there is no bus mbus4711' 'a bus by number' -b 4711 status
one_line 3 'there is no bus mbus4711' 'a bus by device' -b /dev/mbus4711 status
one_line 3 'there is no bus nosuch; a bus is called mbusN' \
	'a name that is none of a bus' -b nosuch status
one_line 3 '/dev/null is no M-Bus' 'a device that is no bus' -b /dev/null status
one_line 3 '/dev/tty carries no M-Bus; attach a bus with: mbusctl attach /dev/tty' \
	'a tty that carries no bus' -b /dev/tty status
one_line 3 'tty carries no M-Bus; attach a bus with: mbusctl attach tty' \
	'a tty without /dev/' detach tty

if [ ! -d /sys/class/mbus ]; then
	one_line 3 'no M-Bus is attached; attach a bus with: mbusctl attach TTY' \
		'no bus at all' status
fi

# Arguments that send refuses before it looks for a bus.
refused()
{
	line=$1
	shift
	one_line 2 "$line" "send $*" -b mbus4711 send "$@"
}
refused 'not a valid frame: checksum \(byte 4\) is 58, .* make 59' 105BFE5816
refused 'not a valid frame: a short frame .*ends after 4' 10 5B FE 59
refused 'not a valid frame: no telegram starts with 5B' 5BFE5916
refused "'1': odd number of hexadecimal digits at column 1" 10 5B FE 59 1
refused "'x1': column 1 is not a hexadecimal digit" x1
refused 'frame of a meter' E5
refused 'frame of a meter' 10 08 00 08 16
refused '--repeats 11: not a number from 0 to 10' --repeats 11 105BFE5916
refused '--guard soon: not a time in milliseconds' --guard soon 105BFE5916
refused '--window -1: not a time in milliseconds' --window -1 105BFE5916
refused "'68686868686868686868': more than the 261 bytes" "$(printf '68%.0s' $(seq 300))"
run_is 2 'send without a frame' "$mbusctl" send

one_line 2 '-n two: not a port number; count from 0' \
	'attach -n two' attach --vid 1A86 --pid 55D5 -n two
one_line 3 'no adapter fffe:fffe is plugged in' \
	'attach an adapter that is not there' attach --vid FFFE --pid 0xfffe -n 2
one_line 2 '--vid wch: not a USB vendor id' 'attach --vid wch' \
	attach --vid wch --pid 55d5
one_line 2 '--pid 155d5: not a USB product id' 'attach --pid 155d5' \
	attach --vid 1a86 --pid 155d5
one_line 2 '--baud 2400x: not a baud rate' 'attach --baud 2400x' \
	attach --baud 2400x ttyS0
one_line 2 '--echo maybe: use off, on or auto' 'attach --echo maybe' \
	attach --echo maybe ttyS0
one_line 2 '--guard 60001: not a time in milliseconds' 'attach --guard 60001' \
	attach --guard 60001 ttyS0
run_is 2 'attach a tty and an adapter' \
	"$mbusctl" attach ttyS0 --vid 1a86 --pid 55d5
run_is 2 'attach with a vendor only' "$mbusctl" attach --vid 1a86
run_is 2 'attach without a tty' "$mbusctl" attach

one_line 3 "there is no tty nosuch; 'mbusctl ports' lists" \
	'attach a tty that is not there' attach nosuch
one_line 3 '/dev/null is no tty' 'attach a device that is not a tty' \
	attach /dev/null
one_line 3 "$tmp is no tty" 'attach a directory' attach "$tmp"
one_line 3 '/dev/null is no tty' 'in the background the parent reports' \
	attach --background /dev/null

done_testing
