# SPDX-License-Identifier: GPL-2.0-only
#
# TAP for shell tests. A test begins with
#
#	#!/bin/sh
#	. "$(dirname "$0")/../lib/tap.sh"
#
# and ends with done_testing; a test that ends before that has no plan and
# counts as failed. Works the same on the host and in a lane.
#
# Given to the test:
#	$top	the top of the tree	$build	where make put the programs
#	$tmp	a directory of its own, writable also in a lane, removed at the end
#
#	ok STATUS NAME		passes if STATUS is 0:  cmp a b; ok $? 'same'
#	is GOT EXPECTED NAME	equal as text
#	isnt GOT OTHER NAME	not equal as text
#	like TEXT REGEX NAME	some line matches the extended regex
#	unlike TEXT REGEX NAME	no line matches it
#	run CMD...		sets $status, $out and $err; asserts nothing
#	run_ok NAME CMD...	run, then: exit status is 0
#	run_is STATUS NAME CMD...  run, then: exit status is STATUS
#	pass NAME, fail NAME, skip NAME REASON, diag TEXT, give_up TEXT
#	skip_all REASON		the whole file, before the first assertion
#	background CMD...	start CMD; $pid names it; stopped at the end
#	stop PID		end a background command and wait for it
#	at_end COMMAND		run by eval at the end, last one first
#	wait_for_file PATH [SECONDS]	until PATH exists (default 240 s)
#	wait_for_line FILE REGEX [SECONDS [COUNT]]  until FILE has such a line, or
#				COUNT of them (default 240 s: only to end a test
#				that fails, so that a busy host does not matter)
#	plan N			instead of done_testing's count

set -u

top=$(cd "$(dirname "$0")" && while [ ! -f COPYING ] && [ "$PWD" != / ]; do
	cd ..
done && pwd)
build=${BUILD:-$top/build}
tmp=$(mktemp -d "${TMPDIR:-/tmp}/mbus-test.XXXXXX") || exit 1

tap_count=0
tap_failed=0
tap_plan=
tap_end="rm -rf '$tmp'"
tap_pids=

status=0 out= err= pid=

tap_finish()
{
	tap_status=$?
	trap - EXIT
	trap '' HUP INT TERM
	for tap_pid in $tap_pids; do
		kill "$tap_pid" 2>/dev/null
	done
	for tap_pid in $tap_pids; do
		wait "$tap_pid" 2>/dev/null
	done
	eval "$tap_end"
	exit $tap_status
}
trap tap_finish EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM

at_end()
{
	tap_end="$1
$tap_end"
}

plan()
{
	tap_plan=$1
	echo "1..$1"
}

diag()
{
	printf '%s\n' "$*" | sed 's/^/# /' >&2
}

# Ends this file only: "Bail out!" of TAP would end all others, too.
give_up()
{
	tap_count=$((tap_count + 1))
	echo "not ok $tap_count - cannot go on: $*"
	exit 255
}

pass()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1"
}

fail()
{
	tap_count=$((tap_count + 1))
	tap_failed=$((tap_failed + 1))
	echo "not ok $tap_count - $1"
	diag "failed: $1"
	return 1
}

skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}

ok()
{
	if [ "$1" -eq 0 ]; then
		pass "$2"
	else
		fail "$2"
	fi
}

is()
{
	if [ "$1" = "$2" ]; then
		pass "$3"
	else
		fail "$3"
		diag "     got: $1"
		diag "expected: $2"
		return 1
	fi
}

isnt()
{
	if [ "$1" != "$2" ]; then
		pass "$3"
	else
		fail "$3"
		diag "did not expect: $1"
		return 1
	fi
}

like()
{
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then
		pass "$3"
	else
		fail "$3"
		diag "     text: $1"
		diag "unmatched: $2"
		return 1
	fi
}

unlike()
{
	if printf '%s\n' "$1" | grep -Eq -e "$2"; then
		fail "$3"
		diag "   text: $1"
		diag "matched: $2"
		return 1
	else
		pass "$3"
	fi
}

run()
{
	status=0
	"$@" >"$tmp/.out" 2>"$tmp/.err" || status=$?
	out=$(cat "$tmp/.out")
	err=$(cat "$tmp/.err")
}

run_is()
{
	tap_want=$1
	tap_name=$2
	shift 2
	run "$@"
	if [ "$status" -eq "$tap_want" ]; then
		pass "$tap_name"
	else
		fail "$tap_name"
		diag "command: $*"
		diag " status: $status, expected $tap_want"
		[ -z "$out" ] || diag " stdout: $out"
		[ -z "$err" ] || diag " stderr: $err"
		return 1
	fi
}

run_ok()
{
	tap_name=$1
	shift
	run_is 0 "$tap_name" "$@"
}

background()
{
	"$@" &
	pid=$!
	tap_pids="$tap_pids $pid"
}

stop()
{
	kill "$1" 2>/dev/null
	wait "$1" 2>/dev/null
}

# Waits for any change in a directory. The short limit closes the gap between
# the caller's check and the watch: a change in between is detected after it.
tap_watch()
{
	inotifywait -qq -t 1 -e create,moved_to,modify,attrib,close_write "$1" \
		2>/dev/null || [ $? -eq 2 ] || sleep 0.1
}

tap_now()
{
	cut -d. -f1 /proc/uptime
}

wait_for_file()
{
	tap_until=$(($(tap_now) + ${2:-240}))
	while [ ! -e "$1" ]; do
		if [ "$(tap_now)" -ge $tap_until ]; then
			diag "$1 did not appear within ${2:-240} s"
			return 1
		fi
		tap_dir=$(dirname "$1")
		while [ ! -d "$tap_dir" ]; do
			tap_dir=$(dirname "$tap_dir")
		done
		tap_watch "$tap_dir"
	done
}

wait_for_line()
{
	tap_until=$(($(tap_now) + ${3:-240}))
	until [ "$(grep -Es -e "$2" "$1" | wc -l)" -ge "${4:-1}" ]; do
		if [ "$(tap_now)" -ge $tap_until ]; then
			diag "no line '$2' in $1 within ${3:-240} s, it has:"
			[ ! -e "$1" ] || diag "$(cat "$1")"
			return 1
		fi
		tap_watch "$(dirname "$1")"
	done
}

done_testing()
{
	[ -n "$tap_plan" ] || echo "1..$tap_count"
	[ "$tap_failed" -eq 0 ] || exit 1
	exit 0
}
