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

# had: status and id of the requests that the receiver got
had()
{
	jq -r '[.status, (.body | fromjson | .id)] | @text' "$tmp/requests" | tr '\n' ' '
}

outbox home
ask start
echo '500 "id":2,' >"$tmp/rules"
ask add 3 cellar
ask wait
like "$(had)" '^\[204,1\] (\[500,2\] ){3,}\[204,3\] $' 'a readout that fails is tried again, then skipped'
ask parked hook
like "$answer" '^2 cellar [3-9] http://127.0.0.1:[0-9]+ answers 500: as the rules say$' \
	'it is listed with the attempts and the reason'
like "$(cat "$tmp/home.log")" 'readout 2 of meter cellar is parked: .*answers 500' 'and logged'

echo '422 "id":4,' >"$tmp/rules"
ask add 2 cellar
ask wait
ask parked hook
like "$answer" '^2 cellar .*; 4 cellar 1 .*answers 422' 'a refused readout is parked at once'

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
unlike "$answer" ' 6 cellar|^6 ' 'an unreachable receiver is waited for without limit'
receiver "$port"
rm -f "$tmp/rules"
ask wait
is "$(had)" '[204,6] ' 'and then gets everything'

# --- sending again

: >"$tmp/requests"
ask send hook 4
is "$answer" 1 'one readout is sent again'
ask await-parked 1
is "$(had)" '[204,4] ' 'and delivered'
echo '500 "id":2,' >"$tmp/rules"
ask send hook 0
ask add 1 cellar
ask wait
ask parked hook
like "$answer" '^2 cellar ([4-9]|1[0-9]) ' 'a readout that fails again stays parked'
rm "$tmp/rules"
ask send hook 2
ask await-parked 0
like "$(had)" '\[204,2\] $' 'until it is accepted'
ask parked hook
is "$answer" - 'then none is left'

# --- retention

echo '422 "id":8,' >"$tmp/rules"
ask add 2 cellar
ask wait
ask await-parked 1
ask expire hook
ask await-parked 0
pass 'retention deletes parked readouts, too'
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
like "$answer" "^1 cellar [2-9] $tmp/command fails with status 3$" "a program's failures are parked, too"
end_outbox

done_testing
