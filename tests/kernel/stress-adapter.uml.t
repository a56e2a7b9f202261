#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The USB adapter is pulled out and put back under a busy bus, through the real
# cdc_acm, MBUS_STRESS_CYCLES (3; make stress: 100) times.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl
adapter=$top/tests/vm/adapter

insmod "$MBUS_KO" || give_up "cannot load $MBUS_KO"
run_ok 'the adapter is plugged in' "$adapter"
background "$build/mbus-sim" --tty /dev/ttyGS2 single >/dev/null 2>&1
sim=$pid
background "$build/tests/kernel/stress" -s 100000 busy >"$tmp/busy" 2>&1
busy=$pid

cycle=0
attached=0
while [ $cycle -lt "${MBUS_STRESS_CYCLES:-3}" ]; do
	cycle=$((cycle + 1))
	"$mbusctl" attach ttyACM2 >"$tmp/attach" 2>&1 &
	holder=$!
	wait_for_line "$tmp/attach" '^mbus' && attached=$((attached + 1))
	# At another moment of what the users do each time.
	sleep "0.$((cycle * 37 % 100 / 10))$((cycle * 37 % 10))"
	"$adapter" unplug || break
	# The holder of the tty sees it.
	wait $holder
	[ $? -eq 10 ] || { cat "$tmp/attach" >&2; break; }
	"$adapter" plug || break
done
is "$attached $cycle" "${MBUS_STRESS_CYCLES:-3} ${MBUS_STRESS_CYCLES:-3}" \
	'unplugged under a busy bus, attached again'
kill -0 "$busy"
ok $? 'no user is gone' || diag "$(cat "$tmp/busy")"
stop "$busy"
stop "$sim"
run_ok 'the adapter is taken apart' "$adapter" remove
run_ok 'nothing holds the module any more' rmmod mbus

done_testing
