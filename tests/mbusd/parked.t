#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A readout that a receiver refuses blocks neither the others nor retention, and
# can be sent again.
. "$(dirname "$0")/outputs.sh"

port=$(free_port)
configure home '[output hook]' 'type = webhook' "url = http://127.0.0.1:$port/" \
	'timeout = 2' 'park-tries = 3' 'park-after = 1s'
receiver "$port"

# had: status and id of what the receiver had
had()
{
	jq -r '[.status, (.body | fromjson | .id)] | @text' "$tmp/requests" | tr '\n' ' '
}

outbox home
ask start
echo '500 "id":2,' >"$tmp/rules"
ask add 3 cellar
ask wait
like "$(had)" '^\[204,1\] (\[500,2\] ){3,}\[204,3\] $' 'one that fails is tried, then passed over'
ask parked hook
like "$answer" '^2 cellar [3-9] http://127.0.0.1:[0-9]+ answers 500: as the rules say$' \
	'it is listed with the attempts and the reason'
like "$(cat "$tmp/home.log")" 'readout 2 of meter cellar is parked: .*answers 500' 'and in the log'

echo '422 "id":4,' >"$tmp/rules"
ask add 2 cellar
ask wait
ask parked hook
like "$answer" '^2 cellar .*; 4 cellar 1 .*answers 422' 'what is refused for good is parked at once'

# --- outages

stop "$receiver_pid"
ask add 1 cellar
ask stuck 'does not answer'
ask stop
ask start
# Longer than park-after, with more attempts than park-tries.
until [ "$(echo "$answer" | cut -d' ' -f5)" -gt 3 ] 2>/dev/null; do
	ask stuck 'does not answer'
done
ask parked hook
unlike "$answer" ' 6 cellar|^6 ' 'a receiver that is not there is waited for without end'
receiver "$port"
rm -f "$tmp/rules"
ask wait
is "$(had)" '[204,6] ' 'and gets everything'

# --- sending again

: >"$tmp/requests"
ask send hook 4
is "$answer" 1 'one of them is sent again'
ask await-parked 1
is "$(had)" '[204,4] ' 'and delivered'
echo '500 "id":2,' >"$tmp/rules"
ask send hook 0
ask add 1 cellar
ask wait
ask parked hook
like "$answer" '^2 cellar ([4-9]|1[0-9]) ' 'one that fails again stays parked'
rm "$tmp/rules"
ask send hook 2
ask await-parked 0
like "$(had)" '\[204,2\] $' 'until it is taken'
ask parked hook
is "$answer" - 'then none is left'

# --- retention

echo '422 "id":8,' >"$tmp/rules"
ask add 2 cellar
ask wait
ask await-parked 1
ask expire hook
ask await-parked 0
pass 'retention deletes what is parked, too'
end_outbox
is $status 0 'no leak, nothing undefined'

# --- programs

cat >"$tmp/command" <<'END'
#!/bin/sh
grep -q '"id":1,' && exit 3
exit 0
END
chmod 755 "$tmp/command"
configure house '[output program]' 'type = exec' "command = $tmp/command" 'park-tries = 2' \
	'park-after = 1s'
outbox house
ask start
ask add 2 cellar
ask wait
ask parked program
like "$answer" "^1 cellar [2-9] $tmp/command fails with status 3$" 'the same with a program'
end_outbox

done_testing
