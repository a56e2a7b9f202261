# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced by tests of buses behind network gateways: the module, a network of
# its own, a simulated wire.
#
#	wire [OPTION...] SCENARIO	starts a wire, its tty is $pty
#	box [OPTION...]	a gateway to it on port 4001; its output $tmp/box.out
#	held [OPTION...]	mbusctl attach to a gateway, $holder; stderr $tmp/hold.err
#	end_held	detaches; ends box and wire

. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl
scenarios=$top/userspace/mbus-sim/scenarios
here=$(cd "$(dirname "$0")" && pwd)
gateway=

[ -n "${MBUS_KO:-}" ] || skip_all 'needs a lane'
insmod "$MBUS_KO" || give_up 'the module does not load'
ip link set lo up || give_up 'no loopback network'

wire()
{
	rm -f "$tmp/pty"
	background "$build/mbus-sim" --pty --log "$tmp/sim.log" "$@" >"$tmp/pty"
	sim=$pid
	wait_for_line "$tmp/pty" '^/dev/pts/' || give_up 'mbus-sim does not start'
	read -r pty <"$tmp/pty"
}

box()
{
	rm -f "$tmp/box.out"
	background "$here/box" "$pty" "${address:-127.0.0.1}" 4001 "$@" \
		>"$tmp/box.out" 2>"$tmp/box.err"
	gateway=$pid
	wait_for_line "$tmp/box.out" '^ready' || give_up "$(cat "$tmp/box.err")"
}

held()
{
	rm -f "$tmp/hold.out"
	background "$mbusctl" attach "$@" >"$tmp/hold.out" 2>"$tmp/hold.err"
	holder=$pid
	wait_for_line "$tmp/hold.out" '^mbus' 60 ||
		give_up "attach $*: $(cat "$tmp/hold.err")"
}

end_held()
{
	run_ok 'detach' "$mbusctl" detach
	ended=0
	wait "$holder" || ended=$?
	is "$ended" 0 'attach ends'
	[ -z "$gateway" ] || stop "$gateway"
	gateway=
	stop "$sim"
}

state()
{
	cat /sys/class/mbus/mbus0/state
}
