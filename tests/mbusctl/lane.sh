# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced by tests that run in a lane: the module loaded, a simulated wire.

. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl

insmod "$MBUS_KO" || give_up "cannot load $MBUS_KO"

# simulate [OPTION...] SCENARIO: $pty is the PC's end of the wire, $sim the
# simulator.
simulate()
{
	rm -f "$tmp/pty"
	background "$build/mbus-sim" --pty "$@" >"$tmp/pty"
	sim=$pid
	wait_for_line "$tmp/pty" '^/dev/pts/' || give_up 'mbus-sim does not start'
	read -r pty <"$tmp/pty"
}

# hold ARGUMENTS...: 'mbusctl attach' in the foreground of a process of its
# own, $holder; returns when it is ready. Its output: $tmp/hold.{out,err}.
hold()
{
	rm -f "$tmp/hold.out"
	background "$mbusctl" attach "$@" >"$tmp/hold.out" 2>"$tmp/hold.err"
	holder=$pid
	wait_for_line "$tmp/hold.out" '^mbus' ||
		give_up "attach $*: $(cat "$tmp/hold.err")"
}

# ended PID: waits for the end of a background process, its status in $status.
ended()
{
	status=0
	wait "$1" || status=$?
}

# one_line STATUS REGEX NAME COMMAND...: fails with just that line.
one_line()
{
	want_status=$1
	want_line=$2
	name=$3
	shift 3
	run "$@"
	is "$status $(printf '%s\n' "$err" | wc -l)" "$want_status 1" \
		"$name: one line, status $want_status"
	like "$err" "^mbusctl: $want_line" "$name: names the fault"
}
