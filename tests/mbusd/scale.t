#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Many daemons and one broker.
. "$(dirname "$0")/outputs.sh"
. "$(dirname "$0")/mbusd.sh"

sites=20
meters=3
port=$(free_port)
broker "$port" 'allow_anonymous true'
subscribe "$tmp/got" -t 'mbus/#'
for i in $(seq $sites); do
	site=$tmp/site-$i
	mkdir "$site"
	# config() writes there.
	all=$tmp tmp=$site
	config 1 $meters 'schedule = 1s'
	tmp=$all
	sed -i "s/^site = .*/site = site-$i/" "$site/mbusd.conf"
	printf '[output broker]\ntype = mqtt\nurl = mqtt://127.0.0.1:%s\n' \
		"$port" >>"$site/mbusd.conf"
	# shellcheck disable=SC2154 # of mbusd.sh
	background "$sim_fast" -c "$site/mbusd.conf" 2>"$site/log"
	pids="${pids-} $pid"
done

# all_have COUNT TEXT: until the topics of every site had TEXT so many times.
# How long that takes is the host's affair.
all_have()
{
	until [ "$(grep -F "$2" "$tmp/got" | cut -d/ -f2 | sort | uniq -c |
		awk -v least="$1" '$1 >= least' | wc -l)" -eq "$sites" ]; do
		tap_watch "$tmp"
	done
}

all_have $((3 * meters)) '"outcome":"read"'
ok $? "$sites daemons deliver to one broker"
bad=0
for pid in $pids; do
	stop "$pid" || bad=$((bad + 1))
done
is $bad 0 'they end without error'
is "$(grep -hvE 'version|: read$|bus0 is sim|: ended$' "$tmp"/site-*/log)" '' \
	'and log no error'
all_have 1 'status offline'
ok $? 'and the broker publishes offline for each'
python3 - "$tmp" >"$tmp/facts" <<'END'
import json, sqlite3, sys
sites, topics = {}, {}
for line in open(sys.argv[1] + "/got"):
    topic, payload = line.rstrip('\n').split(' ', 1)
    if payload.startswith('{'):
        reading = json.loads(payload)
        topics.setdefault(topic, set()).add((reading['site'], reading['meter']))
        sites.setdefault(reading['site'], []).append(
            (reading['id'], reading['meter']))
print(len(sites), len(topics), all(len(who) == 1 for who in topics.values()))
for site, readings in sites.items():
    store = sqlite3.connect("%s/%s/readings.db" % (sys.argv[1], site))
    stored = store.execute("SELECT readout.id, name FROM readout "
        "JOIN meter ON meter.id = meter ORDER BY readout.id").fetchall()
    if readings != stored[:len(readings)]:
        print(site, readings, stored)
END
is "$(cat "$tmp/facts")" "$sites $((meters * sites)) True" \
	'each meter of each site has its topic, each readout arrives once, in order'

# --- two sites of the same name

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
until ask status && [ "${answer#*has the same name}" != "$answer" ]; do
	wait_for_line "$tmp/twin.log" 'same name' || break
done
exec 5>&-
like "$answer" 'repeatedly: if another site has the same name, change \[mbusd\] site of one' \
	'the same name of two sites is reported'
end_outbox

done_testing
