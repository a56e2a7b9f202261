#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The driver of a PCI serial port is unbound while its bus transfers: the port's
# device goes before the hangup. The bus goes, its users end with an error, and
# the kernel reports nothing, as the lane checks.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl
driver=/sys/bus/pci/drivers/serial

# shellcheck disable=SC2046 # two paths
set -- $(echo "$driver"/0000:*/tty/ttyS*)
[ $# -eq 2 ] && [ -e "$2" ] || give_up 'no two PCI serial ports'
port=${1##*/}
device=${1%/tty/*}
device=${device##*/}

# attach: in the background, until the bus is there
attach()
{
	: >"$tmp/attach"
	"$mbusctl" attach "$port" >"$tmp/attach" 2>&1 &
	holder=$!
	wait_for_line "$tmp/attach" '^mbus0' || give_up 'attach'
}

insmod "$MBUS_KO" || give_up "cannot load $MBUS_KO"
background "$build/mbus-sim" --tty "/dev/${2##*/}" single >"$tmp/sim" 2>&1
attach

"$mbusctl" -b mbus0 monitor >"$tmp/monitor" 2>&1 &
monitor=$!
"$mbusctl" -b mbus0 scan >"$tmp/scan" 2>&1 &
scan=$!
# In the middle of it.
wait_for_line "$tmp/monitor" . 240 8
ok $? 'the bus transfers'

run_ok 'the driver is unbound' sh -c "echo $device >$driver/unbind"
[ ! -e /dev/mbus0 ]
ok $? '/dev/mbus0 is gone'
wait $holder
is $? 10 'the holder of the tty ends' || diag "$(cat "$tmp/attach")"
wait $scan
isnt $? 0 'a program in the middle of a transaction ends with an error'
like "$(cat "$tmp/scan")" 'mbus0: .*unplugged' 'and says why'
wait $monitor
is $? 10 'a reader ends with an error' || diag "$(tail -n 3 "$tmp/monitor")"

echo "$device" >"$driver/bind"
attach
run_ok 'bound again, it is a bus again' "$mbusctl" -b mbus0 send 1040FD3D16
echo "$device" >"$driver/unbind"
wait $holder
run_ok 'nothing holds the module' rmmod mbus

done_testing
