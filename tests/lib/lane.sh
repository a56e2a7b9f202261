# SPDX-License-Identifier: GPL-2.0-only
#
# The part of a lane on the host, shared by tests/uml/run and tests/vm/run: the
# directory shared with the machine, the command, output, time limit and exit
# status. guest.sh is the part inside the machine.
#
# In the shared directory: command (what to run), out and err (pipes), status
# (the command's exit status, written by the machine), kernel.log.

top=$(cd "$(dirname "$0")/../.." && pwd)
build=${BUILD:-$top/build}
lanes=${MBUS_LANES:-$top/.lanes}
limit=${MBUS_LANE_TIMEOUT:-900}

# Exit statuses of the lane itself.
lane_reported=123	# the kernel reported a fault
lane_timeout=124	# the time limit passed
lane_failed=125		# the machine did not start, or died

lane=
machine=
pumps=

say()
{
	echo "${lane_name:-lane}: $*" >&2
}

lane_cleanup()
{
	lane_exit=$?
	trap - EXIT
	trap '' HUP INT TERM
	[ -z "$machine" ] || kill -KILL "$machine" 2>/dev/null
	# shellcheck disable=SC2086 # a list of process ids
	[ -z "$pumps" ] || kill $pumps 2>/dev/null
	rm -rf "$lane"
	exit $lane_exit
}

quote()
{
	printf %s "$1" | sed "s/'/'\\\\''/g; 1s/^/'/; \$s/\$/'/"
	[ -n "$1" ] || printf "''"
}

# lane_prepare NAME COMMAND...: the shared directory with the command in it.
lane_prepare()
{
	lane_name=$1
	shift
	lane=$(mktemp -d /tmp/mbus-lane.XXXXXX) || exit $lane_failed
	trap lane_cleanup EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM

	{
		echo "cd $(quote "$PWD") || exit $lane_failed"
		echo "export PATH=$(quote "$PATH:/usr/sbin:/sbin")"
		for name in $(env | sed -nE 's/^((MBUS|ASAN|UBSAN|LC)_[A-Z0-9_]*|LANG|TERM|HOME|BUILD|V)=.*/\1/p'); do
			eval "value=\$$name"
			# shellcheck disable=SC2154 # set by the eval
			echo "export $name=$(quote "$value")"
		done
		printf exec
		for word; do
			printf ' %s' "$(quote "$word")"
		done
		echo
	} >"$lane/command"
	mkfifo "$lane/out" "$lane/err"
	: >"$lane/kernel.log"
}

# Copies the output of the machine to stdout and stderr. If both are the same
# file they share one pipe, to keep the order of the lines.
lane_pump()
{
	cat "$lane/out" &
	pumps=$!
	if [ /proc/self/fd/1 -ef /proc/self/fd/2 ]; then
		: >"$lane/merge"
		ln -sf out "$lane/err"
	else
		cat "$lane/err" >&2 &
		pumps="$pumps $!"
	fi
}

# lane_machine COMMAND...: runs the machine within the time limit, in a process
# id namespace of its own that ends with this process in any case. UML needs this:
# it leaves the process group, and processes of its guest that survived it would
# remain as processes of the host.
lane_machine()
{
	setpriv --pdeathsig KILL unshare --pid --fork --kill-child=KILL \
		"$top/tests/lib/limit" -9 "$limit" "$@" </dev/null &
	machine=$!
	machine_status=0
	wait "$machine" || machine_status=$?
	machine=
}

lane_log_tail()
{
	say "the end of its kernel log:"
	tail -n "${1:-25}" "$lane/kernel.log" | sed 's/^/    /' >&2
}

# Exits with the status of the command, or with that of the lane if there is none
# or the kernel reported a fault.
lane_verdict()
{
	# Here and not in lane_machine, which still holds the pipes open.
	for pump in $pumps; do
		wait "$pump" || :
	done
	pumps=
	if [ -n "${MBUS_LANE_LOG:-}" ]; then
		cp "$lane/kernel.log" "$MBUS_LANE_LOG"
	fi
	if ! "$top/tests/lib/scan-kernel-log" "$lane/kernel.log" >"$lane/scan"
	then
		say "the kernel reported:"
		cat "$lane/scan" >&2
		reported=1
	fi
	if [ -s "$lane/leaks" ]; then
		say "leaked memory:"
		sed 's/^/    /' "$lane/leaks" >&2
		reported=1
	fi
	if [ -s "$lane/status" ]; then
		[ -z "${reported:-}" ] || exit $lane_reported
		exit "$(cat "$lane/status")"
	fi
	if [ "$machine_status" -eq 137 ]; then
		say "not finished within $limit s of the host's time (MBUS_LANE_TIMEOUT); stopped"
		lane_log_tail
		exit $lane_timeout
	fi
	say "the machine died before the command ended" \
		"(status $machine_status)"
	lane_log_tail
	exit $lane_failed
}
