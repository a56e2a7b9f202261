#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The exec output.
. "$(dirname "$0")/outputs.sh"

# program: stdin becomes $tmp/command, executable
program()
{
	{
		printf '#!/bin/sh\ntmp=%s\n' "$tmp"
		cat
	} >"$tmp/command.new"
	chmod 755 "$tmp/command.new"
	mv "$tmp/command.new" "$tmp/command"
}

program <<'END'
cat >>"$tmp/got"
env >"$tmp/environment"
grep -E '^(Cap(Inh|Amb|Bnd)|NoNewPrivs)' /proc/self/status | tr -s '\t\n' ' ' >"$tmp/rights"
ulimit -Sn >"$tmp/descriptors"
echo "$# $PWD $(ls /proc/$$/fd | tr '\n' ' ') $(cut -d' ' -f5 /proc/$$/stat) $$" >"$tmp/around"
END
configure home '[output program]' 'type = exec' "command = $tmp/command" 'timeout = 300'
outbox home
ask start
ask add 3 cellar attic
ask wait
is "$(jq -r '[.id, .meter, .telegrams[0].records[0].value] | @text' "$tmp/got" | tr '\n' ' ')" \
	'[1,"cellar",0.001] [2,"attic",0.002] [3,"cellar",0.003] ' \
	'a program is run for each readout, in order, with JSON on stdin'
is "$(grep -vE '^(PWD|SHLVL|_|OLDPWD)=' "$tmp/environment" | sort | tr '\n' ' ')" \
	'LANG=C.UTF-8 PATH=/usr/local/bin:/usr/bin:/bin ' 'it has a minimal environment'
like "$(cat "$tmp/around")" '^0 / 0 1 10? ?2? ?[0-9 ]* ([0-9]+) \1$' \
	'no arguments, none of the files of the daemon, a group of its own'

# shellcheck disable=SC3045 # dash has it
is "$(cat "$tmp/descriptors")" "$(ulimit -Sn)" 'the limit of descriptors is that of a daemon'"'"'s parent'
like "$(cat "$tmp/rights")" 'CapInh: 0+ .*CapAmb: 0+ NoNewPrivs: 1' 'it inherits no capability'
[ "$(id -u)" -ne 0 ] || like "$(cat "$tmp/rights")" 'CapBnd: 0+ ' 'nor can it gain any as root'

# --- failures

program <<'END'
cat >"$tmp/last"
grep -q '"id":5,' "$tmp/last" && exit 65
cat "$tmp/last" >>"$tmp/got"
END
ask add 3 cellar
ask wait
is "$(jq -r .id "$tmp/got" | tr '\n' ' ')" '1 2 3 4 6 ' 'status 65: the readout is refused for good'
like "$(cat "$tmp/home.log")" 'readout 5 of meter cellar is parked: .*refuses it' 'which is logged'

program <<'END'
exit 3
END
ask add 1 cellar
ask stuck
like "$answer" "^program exec - 6 1 1 $tmp/command fails with status 3$" 'any other status: the program is run again'
program <<'END'
cat >>"$tmp/got"
END
ask wait
is "$(jq -r .id "$tmp/got" | tr '\n' ' ')" '1 2 3 4 6 7 ' 'until it succeeds'

rm "$tmp/command"
ask add 1 cellar
ask stuck
like "$answer" "cannot run $tmp/command: No such file" 'a missing program is waited for'

# --- time

mkfifo "$tmp/alive"
program <<'END'
sleep infinity >"$tmp/alive" &
wait
END
sed -i 's/^timeout = .*/timeout = 1/' "$tmp/home.conf"
ask reload
(cat "$tmp/alive" >/dev/null; echo gone >"$tmp/gone") 3>&- 4<&- &
wait_for_line "$tmp/home.log" 'was killed after 1 s'
ok $? 'a program that takes too long is killed'
wait_for_file "$tmp/gone"
ok $? 'with its child processes'
# Longer than the time limit of this test.
sed -i 's/^timeout = .*/timeout = 300/' "$tmp/home.conf"
program <<'END'
: >"$tmp/runs"
exec sleep infinity
END
ask reload
wait_for_file "$tmp/runs"
ask stop
pass 'it does not keep the daemon from ending'
end_outbox
is $status 0 'no leak, nothing undefined'

done_testing
