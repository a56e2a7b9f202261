#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Many daemons and one broker.
. "$(dirname "$0")/outputs.sh"

# run_commands NAME: those of $tmp/commands, in the background
run_commands()
{
	# shellcheck disable=SC2016
	background sh -c 'exec "$0" "$1.conf" <"$2" >"$1.out" 2>"$1.log"' \
		"$build/tests/mbusd/outbox_run" "$tmp/$1" "$tmp/commands" 3>&- 4<&-
}

sites=20
each=100
port=$(free_port)
broker "$port" 'allow_anonymous true'
subscribe "$tmp/got" -t 'mbus/#'
for i in $(seq $sites); do
	configure "site-$i" '[output broker]' 'type = mqtt' "url = mqtt://127.0.0.1:$port"
	printf 'start\nadd\t%d\tcellar\tattic\nwait\nstop\n' $each >"$tmp/commands"
	run_commands "site-$i"
	pids="${pids-} $pid"
done
bad=0
for pid in $pids; do
	wait "$pid" || bad=$((bad + 1))
done
is $bad 0 "$sites daemons come to an end"
is "$(cat "$tmp"/site-*.log)" '' 'and have nothing to complain of'
timeout 20 sh -c "until [ \$(grep -c 'status offline' '$tmp/got') -ge $sites ]; do
	inotifywait -qq -t 1 '$tmp/got'; done"
python3 - "$tmp/got" >"$tmp/facts" <<'END'
import json, sys
sites, topics = {}, {}
for line in open(sys.argv[1]):
    topic, payload = line.rstrip('\n').split(' ', 1)
    if payload.startswith('{'):
        reading = json.loads(payload)
        topics.setdefault(topic, set()).add((reading['site'], reading['meter']))
        sites.setdefault(reading['site'], []).append(reading['id'])
print(len(sites), len(topics), all(len(who) == 1 for who in topics.values()))
print(all(ids == list(range(1, 101)) for ids in sites.values()))
END
is "$(cat "$tmp/facts")" "$sites $((2 * sites)) True
True" 'each meter of each site has its topic, each readout arrives once, in order'

# --- two of the same name

configure twin '[output broker]' 'type = mqtt' "url = mqtt://127.0.0.1:$port"
mkdir "$tmp/other"
sed "s,$tmp/twin.db,$tmp/other/twin.db," "$conf" >"$tmp/other.conf"
outbox twin
ask start
wait_for_line "$tmp/mosquitto.log" 'as mbusd/twin/broker'
mkfifo "$tmp/hold"
# shellcheck disable=SC2016
background sh -c 'exec "$0" "$1.conf" <"$2" >"$1.out" 2>"$1.log"' \
	"$build/tests/mbusd/outbox_run" "$tmp/other" "$tmp/hold" 3>&- 4<&-
exec 5>"$tmp/hold"
echo start >&5
until ask status && [ "${answer#*have the same name}" != "$answer" ]; do
	wait_for_line "$tmp/twin.log" 'same name' 30 || break
done
exec 5>&-
like "$answer" 'again and again: does another site have the same name\? Give each its own in \[mbusd\] site' \
	'who has the name of another site is told'
end_outbox

done_testing
