#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. "$(dirname "$0")/bus.sh"

nke=$(short 40 05)

simulate "$scenarios/single.ini"
is "$(head -n 1 "$tmp/stdout")" "$(readlink "$port")" \
	'the path of the pty is the first line printed'
is "$(stty -F "$port" speed)" 2400 'it has the rate of the bus'

for i in 1 2 3; do
	run master "$nke"
	is "$out" E5 "opened and closed, round $i"
done

stop_sim
simulate "$scenarios/single.ini"
run master "$nke,"
wait_for_line "$log" " pc E5$"
run master "$nke"
is "$out" E5 'an answer that nobody was there to hear is not kept'

kill "$pid"
wait "$pid"
is $? 0 'ends with status 0 on SIGTERM'
ok "$([ ! -L "$port" ]; echo $?)" 'and takes its link away'

simulate "$scenarios/single.ini"
(exec 3<>"$port"; kill -USR1 "$pid"; cat <&3) >"$tmp/cat" 2>&1
wait "$pid"
is $? 0 'SIGUSR1 is an unplug, with status 0'
like "$(cat "$log")" ' unplug' 'the log says so'

: >"$tmp/file"
run_is 1 'a link does not replace a file' "$sim" --link "$tmp/file" \
	"$scenarios/single.ini"
like "$err" 'file: File exists' 'and says why'

run_ok 'ends after --duration' timeout 10 "$sim" --duration 0.2 \
	"$scenarios/single.ini"

# A tty of its own: the slave of another simulator's pty.
simulate "$scenarios/single.ini"
outer=$pid
"$sim" --tty "$port" "$scenarios/single.ini" >"$tmp/inner" 2>"$tmp/inner.err" &
inner=$!
wait_for_line "$tmp/inner" "$port"
kill -USR1 "$outer"
wait "$inner"
is $? 0 'a tty that is hung up ends it with status 0'
like "$(cat "$tmp/inner.err")" 'the tty was hung up' 'and it says so'

done_testing
