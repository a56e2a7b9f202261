#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# USB adapters with several ports, through the real cdc_acm: found, distinguished,
# attached, unplugged.
. "$(dirname "$0")/lane.sh"

modprobe dummy_hcd num=2
modprobe -a libcomposite usb_f_acm cdc_acm ||
	give_up 'no USB gadgets in this kernel'

# adapter NAME SERIAL UDC PORTS: plugs one in.
adapter()
{
	gadget=/sys/kernel/config/usb_gadget/$1
	mkdir "$gadget" "$gadget/strings/0x409" "$gadget/configs/c.1"
	echo 0x1a86 >"$gadget/idVendor"
	echo 0x55d5 >"$gadget/idProduct"
	echo WCH.CN >"$gadget/strings/0x409/manufacturer"
	echo 'USB Quad_Serial' >"$gadget/strings/0x409/product"
	echo "$2" >"$gadget/strings/0x409/serialnumber"
	for port in $(seq "$4"); do
		mkdir "$gadget/functions/acm.$1$port"
		ln -s "$gadget/functions/acm.$1$port" "$gadget/configs/c.1/"
	done
	plug "$1" "$3"
}

plug()
{
	echo "$2" >"/sys/kernel/config/usb_gadget/$1/UDC"
}

unplug()
{
	echo >"/sys/kernel/config/usb_gadget/$1/UDC"
}

quad='--vid 1A86 --pid 55D5'

# More than three ports are more than dummy_hcd has endpoint addresses for.
adapter first BC045EABCD dummy_udc.0 3
wait_for_file /dev/ttyACM2

run_ok 'ports' "$mbusctl" ports
like "$out" '^ttyACM2 +cdc_acm +WCH.CN USB Quad_Serial +1a86:55d5 +BC045EABCD +04 +2 +-$' \
	'ports shows the third port: interface 04, -n 2'
is "$("$mbusctl" ports --json | grep '"ttyACM1"')" \
	'{"tty":"ttyACM1","driver":"cdc_acm","manufacturer":"WCH.CN","product":"USB Quad_Serial","vid":"1a86","pid":"55d5","serial":"BC045EABCD","interface":2,"port":1,"by_path":null,"line_discipline":null,"bus":null}' \
	'ports --json'

# shellcheck disable=SC2086 # $quad is several words, here and below
one_line 2 'adapter 1a86:55d5 has 3 ports, 0 to 2; choose one with -n' \
	'several ports, none chosen' "$mbusctl" attach $quad
# shellcheck disable=SC2086
one_line 3 'adapter 1a86:55d5 has no port 9; it has 3, counted from 0' \
	'-n 9' "$mbusctl" attach $quad -n 9
# shellcheck disable=SC2086
one_line 2 '-n two: not a port number' '-n two' "$mbusctl" attach $quad -n two
# shellcheck disable=SC2086
one_line 3 'no adapter 1a86:55d5 with serial number X is plugged in' \
	'a serial number that is not there' "$mbusctl" attach $quad --serial X -n 0

# shellcheck disable=SC2086
bus=$("$mbusctl" attach --background $quad -n 2)
is "$? $bus $(cat /sys/class/mbus/mbus0/tty)" '0 mbus0 ttyACM2' \
	'-n 2 is the port with interface 04'
run "$mbusctl" status
like "$out" '^mbus0 on ttyACM2: 2400 baud 8E1, ' 'a real port takes 8E1'
run "$mbusctl" ports
like "$out" '^ttyACM2 .* mbus0$' 'ports shows the bus'
run_ok 'detach' "$mbusctl" detach ttyACM2

hold --vid 1a86 --pid 0x55d5 --serial BC045EABCD -n 1
is "$(cat /sys/class/mbus/mbus0/tty)" ttyACM1 'chosen by serial number too'

adapter second BC045EABCE dummy_udc.1 1
wait_for_file /dev/ttyACM3
# shellcheck disable=SC2086
one_line 3 'several adapters 1a86:55d5 are plugged in: serial BC045EABCD at ttyACM0, serial BC045EABCE at ttyACM3; choose one with --serial or by its tty$' \
	'two adapters' "$mbusctl" attach $quad -n 0
# shellcheck disable=SC2086
bus=$("$mbusctl" attach --background $quad --serial BC045EABCE)
is "$? $bus $(cat /sys/class/mbus/mbus1/tty)" '0 mbus1 ttyACM3' \
	'an adapter with one port needs no number'

background "$mbusctl" -b mbus1 monitor >/dev/null 2>"$tmp/mon.err"
monitor=$pid
until_users=0
until "$mbusctl" -b mbus1 status | grep -q ', 1 user$'; do
	until_users=$((until_users + 1))
	[ $until_users -lt 100 ] || give_up 'the monitor does not open the bus'
done
unplug second
ended "$monitor"
is "$status $(cat "$tmp/mon.err")" '10 mbusctl: mbus1: unplugged' \
	'unplugging ends a monitor'
[ -c /dev/mbus0 ]
ok $? 'the other adapter stays'
unplug first
ended "$holder"
is "$status $(cat "$tmp/hold.err")" \
	'10 mbusctl: mbus0: ttyACM1 was unplugged' 'unplugging ends attach'
# --- attach --wait

# waits OPTION...: attach as $holder, when it has begun to wait.
waits()
{
	rm -f "$tmp/hold.out" "$tmp/hold.err"
	# shellcheck disable=SC2086
	background "$mbusctl" attach --wait $quad "$@" \
		>"$tmp/hold.out" 2>"$tmp/hold.err"
	holder=$pid
	wait_for_line "$tmp/hold.err" 'waiting$'
}

waits -n 1
is "$(cat "$tmp/hold.err")" \
	"mbusctl: no adapter 1a86:55d5 is plugged in; 'mbusctl ports' lists the serial ports; waiting" \
	'--wait reports what it waits for'
is "$(cat "$tmp/hold.out")" '' 'and attaches nothing'
plug first dummy_udc.0
wait_for_line "$tmp/hold.out" '^mbus0$' && [ -c /dev/mbus0 ]
ok $? 'when it is plugged in it is attached'
is "$(cat /sys/class/mbus/mbus0/tty)" ttyACM1 'on the requested port'
unplug first
wait_for_line "$tmp/hold.err" '^mbusctl: mbus0: ttyACM1 was unplugged$'
ok $? 'unplugging is reported'
wait_for_line "$tmp/hold.err" 'waiting$' 60 2
ok $? 'and it waits again'
[ ! -e /dev/mbus0 ]
ok $? 'there is no bus meanwhile'
plug first dummy_udc.0
wait_for_line "$tmp/hold.out" '^mbus0$' 60 2
ok $? 'after plugging in it is attached again'
kill -TERM "$holder"
ended "$holder"
is "$status" 0 'a signal ends the holder'
unplug first

for signal in TERM INT HUP; do
	waits -n 1
	kill -$signal "$holder"
	ended "$holder"
	is "$status $(wc -l <"$tmp/hold.err")" '0 1' \
		"SIG$signal ends the waiting without a word"
done

waits --background -n 1
plug first dummy_udc.0
ended "$holder"
is "$status $(cat "$tmp/hold.out")" '0 mbus0' \
	'--background returns when the bus exists'
run_ok 'detach ends it' "$mbusctl" detach
[ ! -e /dev/mbus0 ]
ok $? 'with its bus'
unplug first
waits --background -n 1
waiting=$(ps -o pid= --ppid "$holder" | tr -d ' ')
kill "$holder"
ended "$holder"
timeout 20 tail --pid="$waiting" -f /dev/null
ok $? 'interrupted before that, no process is left'
plug first dummy_udc.0
wait_for_file /dev/ttyACM2
# shellcheck disable=SC2086
one_line 2 'adapter 1a86:55d5 has 3 ports' 'an error that waiting cannot solve ends it' \
	"$mbusctl" attach --wait $quad
unplug first

rmmod mbus
ok $? 'nothing holds the module any more'

done_testing
