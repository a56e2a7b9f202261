#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# kill -9 at 50 moments under load: readouts reported as stored are stored,
# once and complete.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/mbusd.sh"

config 4 60 'schedule = 1s'
mkfifo "$tmp/messages"
: >"$tmp/said"

# Each turn is 240 lines that meters were read, and then as many that these are in
# the store. It is killed after a number of these: the moment differs in every round, and lies
# anywhere in what the four threads do then.
round=0
while [ $round -lt 50 ]; do
	"$sim_fast" -v -c "$tmp/mbusd.conf" 2>"$tmp/messages" &
	head -n $((round * 137 % 617 + 5)) <"$tmp/messages" >>"$tmp/said"
	kill -9 $! 2>/dev/null
	wait $! 2>/dev/null
	round=$((round + 1))
done

sed -n 's/.*meter \(.*\): readout \([0-9]*\) is in the store$/\2|\1/p' \
	"$tmp/said" | sort >"$tmp/acknowledged"
count=$(wc -l <"$tmp/acknowledged")
[ "$count" -gt 1000 ]
ok $? 'there was load'
diag "$count readouts in $round rounds"

is "$(db 'PRAGMA integrity_check')" ok 'the store is intact'
is "$(db 'PRAGMA foreign_key_check')" '' 'all references are valid'
is "$(uniq -d <"$tmp/acknowledged")" '' 'no number was given twice'
db "SELECT readout.id, name FROM readout JOIN meter ON meter.id = meter" |
	sort >"$tmp/stored"
is "$(comm -23 "$tmp/acknowledged" "$tmp/stored" | head)" '' \
	'no readout reported as stored is lost'
is "$(db "SELECT count(*) FROM readout WHERE outcome = 'read' AND
	(SELECT count(*) FROM telegram WHERE readout = readout.id) <> 1")" 0 \
	'none is incomplete'
is "$(db "SELECT count(*) FROM (SELECT 1 FROM readout
	GROUP BY meter, time_ns / 1000000000 HAVING count(*) > 1)")" 0 \
	'none is duplicate: a restart reads no meter again'
is "$(db "SELECT DISTINCT outcome FROM readout")" read 'no answer was attributed to another meter'

daemon "$sim_fast"
wait_for_line "$tmp/log" 'is in the store'
ok $? 'the daemon continues'
stop "$pid"

done_testing
