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
	'the telegrams are stored complete'

mv "$tmp/bus0.ini" "$tmp/unplugged"
wait_for_line "$tmp/log" 'bus bus0: (unplugged|no adapter)'
ok $? 'an unplugged bus is logged'
: >"$tmp/log"
all_read m1-2
ok $? 'the other bus is still read'
unlike "$(cat "$tmp/log")" 'm0-. on bus' 'nothing is tried without an adapter'
mv "$tmp/unplugged" "$tmp/bus0.ini"
all_read m0-2
ok $? 'it is read again after it is plugged in'

# A second daemon on the same store must not start.
run "$sim" -c "$tmp/mbusd.conf"
is $status 11 'a second daemon on the same store ends with busy'
like "$err" "another mbusd uses $tmp/readings.db" 'with the reason'

cp "$tmp/mbusd.conf" "$tmp/good"
printf 'colour = red\n' >>"$tmp/mbusd.conf"
kill -HUP "$pid"
wait_for_line "$tmp/log" 'the old configuration stays in use'
ok $? 'a bad configuration is refused on reload'
like "$(cat "$tmp/log")" 'mbusd.conf:[0-9]+: .*colour' 'with its reasons'
: >"$tmp/log"
all_read m0-0
ok $? 'and the old one stays in use'

cp "$tmp/good" "$tmp/mbusd.conf"
sed -i 's/^store = .*/&2/' "$tmp/mbusd.conf"
kill -HUP "$pid"
wait_for_line "$tmp/log" 'the store changes from'
ok $? 'a change of the store needs a restart'

# Bus 1 is removed, bus 2 is added, and a meter of bus 0 that does not answer.
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
run_ok 'the new configuration is valid' "$build/mbusd" --check -c "$tmp/mbusd.conf"
: >"$tmp/log"
kill -HUP "$pid"
wait_for_line "$tmp/log" 'is in use now'
ok $? 'a valid configuration is loaded'
all_read m2-0
ok $? 'the new bus is read'
wait_for_line "$tmp/log" 'meter absent on bus bus0: .*99999999'
ok $? 'a meter that does not answer is logged'
all_read absent
is "$(db "SELECT DISTINCT outcome FROM readout JOIN meter ON meter.id = meter
	WHERE name = 'absent'")" silence 'its attempts are stored with their outcome'
isnt "$(db "SELECT max(why) FROM readout WHERE outcome = 'silence'")" '' \
	'and why'
unlike "$(sed '1,/is in use now/d' "$tmp/log")" 'bus bus1' \
	'the removed bus is not used any more'

kill -TERM "$pid"
wait "$pid"
is $? 0 'SIGTERM ends it without error'
is "$(tail -n 1 "$tmp/log")" 'mbusd: ended' 'and that is logged'
is "$(db 'PRAGMA integrity_check')" ok 'the store is intact'
is "$(db "SELECT count(*) FROM (SELECT 1 FROM readout WHERE outcome = 'read'
	GROUP BY meter, time_ns / 1000000000 HAVING count(*) > 1)")" 0 \
	'no meter was read twice in one interval'

done_testing
