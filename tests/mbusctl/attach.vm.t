#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The reference adapter on Debian's own kernel: list ports, attach the third
# port, read a meter, unplug.
. "$(dirname "$0")/lane.sh"

adapter=$top/tests/vm/adapter
[ -e /dev/ttyACM0 ] || "$adapter" || give_up 'no adapter'

run_ok 'ports' "$mbusctl" ports
like "$out" '^ttyACM2 +cdc_acm +WCH.CN USB Quad_Serial +1a86:55d5 +BC045EABCD +04 +2 +-$' \
	'ports shows the port of the bus: interface 04, -n 2'
like "$out" '^ +/dev/serial/by-path/[^ ]*usb[^ ]*:1\.4$' \
	'ports shows its by-path name'
like "$out" '^ttyS0 ' 'ports shows a serial port on the board'
unlike "$out" '^ttyS3 ' 'ports omits a ttyS without a chip'
unlike "$out" '^(tty|tty1|console|ptmx) ' 'ports omits consoles'
by_path=$("$mbusctl" ports --json | python3 -c '
import json, sys
ports = [json.loads(line) for line in sys.stdin]
port = [p for p in ports if p["tty"] == "ttyACM2"][0]
assert port["interface"] == 4 and port["port"] == 2 and port["bus"] is None
print(port["by_path"])')
is "$(readlink -f "$by_path")" /dev/ttyACM2 'ports --json names a by-path link'

one_line 2 '-n two: not a port number' '-n two' \
	"$mbusctl" attach --vid 1A86 --pid 55D5 -n two
one_line 3 'adapter 1a86:55d5 has no port 9; it has 3, counted from 0' '-n 9' \
	"$mbusctl" attach --vid 1A86 --pid 55D5 -n 9

background "$build/mbus-sim" --tty /dev/ttyGS2 single >"$tmp/sim.out" 2>&1
bus=$("$mbusctl" attach --background --vid 1A86 --pid 55D5 -n 2)
is "$? $bus" '0 mbus0' 'attach by vendor, product and port'
is "$(cat /sys/class/mbus/mbus0/tty)" ttyACM2 'takes the third port'
run_ok 'a meter answers through cdc_acm' "$mbusctl" send 1040054516
is "$out" 'ack: E5' 'with an ack'
run_ok 'and a readout' "$mbusctl" -b ttyACM2 send 107B058016
like "$out" '^frame RSP_UD A=5 CI=72 data ' 'with a frame'
run "$mbusctl" status
like "$out" '^mbus0 on ttyACM2: 2400 baud 8E1, idle' 'status'
run_ok 'a search by secondary address' "$mbusctl" scan --mask 3189274F
like "$out" '^31892747.*  confirmed  ' 'finds the meter'
run_ok 'detach' "$mbusctl" detach

hold "$by_path"
is "$(cat "$tmp/hold.out")" mbus0 'attach by path'
"$adapter" unplug
ended "$holder"
is "$status $(cat "$tmp/hold.err")" \
	'10 mbusctl: mbus0: ttyACM2 was unplugged' \
	'attach ends when the adapter is unplugged'
[ ! -e /dev/mbus0 ]
ok $? 'and the bus is removed'

"$adapter" plug
bus=$("$mbusctl" attach --background --vid 1A86 --pid 55D5 -n 2)
is "$? $bus" '0 mbus0' 'after plugging in it is attached again'
"$adapter" unplug
rmmod mbus
ok $? 'nothing holds the module any more'

done_testing
