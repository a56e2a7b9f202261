#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The command line: every error has one line and its exit status.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl

# one_line STATUS REGEX NAME ARGUMENTS...: fails with just that line.
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

run_is 2 'without a command' "$mbusctl"
like "$err" '^Usage: mbusctl ' 'without a command the usage is shown'
run_ok '--help' "$mbusctl" --help
overview=$out
for command in attach detach monitor ports send status; do
	like "$overview" "^  $command +[a-z]" "--help lists $command"
	run_ok "$command --help" "$mbusctl" "$command" --help
	like "$out" "^Usage: mbusctl $command( |$)" "$command --help is its usage"
done
for command in $(printf '%s\n' "$overview" | sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\) .*/\1/p'); do
	grep -q "^\.Ss $command\( \|\$\)" "$top/Documentation/mbusctl.8"
	ok $? "the manual page describes $command"
done
run_ok 'help COMMAND' "$mbusctl" help attach
like "$out" '^  --background ' 'help COMMAND describes the options'
run_ok '--version' "$mbusctl" --version
like "$out" '^mbusctl [0-9]' '--version names a version'

one_line 2 "unknown command 'attahc'; did you mean attach\?" \
	'a mistyped command' attahc
one_line 2 "unknown command 'mon'; did you mean monitor\?" \
	'an abbreviated command' mon
one_line 2 "unknown command 'xyzzy'; see 'mbusctl help'" \
	'an unknown command' xyzzy
one_line 2 "unknown command 'xyzzy'" 'help of an unknown command' help xyzzy

run_is 2 'an unknown option' "$mbusctl" status --foo
like "$err" "^mbusctl status: .*'--foo'" 'an unknown option is named'
like "$err" '^Usage: mbusctl status' 'and the usage shown'
run_is 2 'an unexpected argument' "$mbusctl" ports ttyS0
like "$err" "unexpected argument 'ttyS0'" 'an unexpected argument is named'

run "$mbusctl" ports --json
is "$status" 0 'ports --json'
bad=$(printf '%s' "$out" | python3 -c '
import json, sys
for line in sys.stdin:
    port = json.loads(line)
    if set(port) != {"tty", "driver", "manufacturer", "product", "vid", "pid",
                     "serial", "interface", "port", "by_path",
                     "line_discipline", "bus"}:
        print(line)')
is "$bad" '' 'ports --json: one object a line, always the same keys'

"$mbusctl" help 2>"$tmp/full" >/dev/full
is "$?" 1 'output that cannot be written is an error'
like "$(cat "$tmp/full")" '^mbusctl: cannot write to standard output: ' 'with the reason'

done_testing
