#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mbusd reads meters by schedule, through unplugging, reloads and failures.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/mbusd.sh"

all_read()
{
	wait_for_line "$tmp/log" "$1: readout [0-9]+ is in the store"
}

config 2 3 'schedule = 1s'
daemon
all_read m0-2 && all_read m1-2
ok $? 'meters of two buses are read'
is "$(db "SELECT DISTINCT outcome FROM readout")" read 'none of them failed'
is "$(db "SELECT DISTINCT length(bytes) FROM telegram")" 37 \
	'the telegrams are stored whole'

mv "$tmp/bus0.ini" "$tmp/unplugged"
wait_for_line "$tmp/log" 'bus bus0: (unplugged|no adapter)'
ok $? 'a bus that is unplugged is told'
: >"$tmp/log"
all_read m1-2
ok $? 'the other bus goes on'
unlike "$(cat "$tmp/log")" 'm0-. on bus' 'nothing is tried without an adapter'
mv "$tmp/unplugged" "$tmp/bus0.ini"
all_read m0-2
ok $? 'it is read again by itself once it is back'

# The other way round the program must not start: a second one on the store.
run "$sim" -c "$tmp/mbusd.conf"
is $status 11 'a second daemon on the same store ends with busy'
like "$err" "another mbusd uses $tmp/readings.db" 'and says so'

cp "$tmp/mbusd.conf" "$tmp/good"
printf 'colour = red\n' >>"$tmp/mbusd.conf"
kill -HUP "$pid"
wait_for_line "$tmp/log" 'the old configuration stays in use'
ok $? 'a bad configuration is refused on reload'
like "$(cat "$tmp/log")" 'mbusd.conf:[0-9]+: .*colour' 'with its reasons'
: >"$tmp/log"
all_read m0-0
ok $? 'and the old one goes on'

cp "$tmp/good" "$tmp/mbusd.conf"
sed -i 's/^store = .*/&2/' "$tmp/mbusd.conf"
kill -HUP "$pid"
wait_for_line "$tmp/log" 'the store changes from'
ok $? 'another store takes a new start'

# Bus 1 goes, bus 2 comes, a meter of bus 0 comes that does not answer.
config 1 2 'schedule = 1s'
cat >>"$tmp/mbusd.conf" <<END
[bus bus2]
tty = $tmp/bus1.ini
[meter m2-0]
bus = bus2
address = 10000000
[meter absent]
bus = bus0
address = 99999999
END
run_ok 'the new configuration is good' "$build/mbusd" --check -c "$tmp/mbusd.conf"
: >"$tmp/log"
kill -HUP "$pid"
wait_for_line "$tmp/log" 'is in use now'
ok $? 'a good one is taken over'
all_read m2-0
ok $? 'a bus that came is read'
wait_for_line "$tmp/log" 'meter absent on bus bus0: .*99999999'
ok $? 'a meter that does not answer is told'
all_read absent
is "$(db "SELECT DISTINCT outcome FROM readout JOIN meter ON meter.id = meter
	WHERE name = 'absent'")" silence 'its attempts are stored with what became of them'
isnt "$(db "SELECT max(why) FROM readout WHERE outcome = 'silence'")" '' \
	'and why'
unlike "$(sed '1,/is in use now/d' "$tmp/log")" 'bus bus1' \
	'a bus that went is left alone'

kill -TERM "$pid"
wait "$pid"
is $? 0 'SIGTERM ends it in order'
is "$(tail -n 1 "$tmp/log")" 'mbusd: ended' 'and it says so'
is "$(db 'PRAGMA integrity_check')" ok 'the store is whole'
is "$(db "SELECT count(*) FROM (SELECT 1 FROM readout WHERE outcome = 'read'
	GROUP BY meter, time_ns / 1000000000 HAVING count(*) > 1)")" 0 \
	'nobody was read twice in one interval'

done_testing
