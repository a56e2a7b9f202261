#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mbusd on Debian's own kernel, as a user of its own with the one capability it
# has by its unit: the second reference site on the third port of the adapter,
# eleven meters. The adapter is unplugged, another program attaches the bus, and
# the clock is set.
. "$(dirname "$0")/../mbusctl/lane.sh"

adapter=$top/tests/vm/adapter
scenario=$top/userspace/mbus-sim/scenarios/reference-site-2.ini
[ -e /dev/ttyACM0 ] || "$adapter" || give_up 'no adapter'

mkdir -p /run/udev/rules.d
cp "$top/userspace/udev/60-mbus.rules" /run/udev/rules.d/
udevadm control --reload

# The daemon's own, as systemd makes them for it.
state=$tmp/state
mkdir "$state"
chown nobody "$state"
chmod 755 "$tmp"

cat >"$tmp/mbusd.conf" <<END
[mbusd]
site = heating
store = $state/readings.db
schedule = 20s
[api]
socket = $state/api
[bus heating]
usb = 1a86:55d5
port = 2
[meter hyd-47]
address = 31892747.HYD.28.04
[meter hyd-49]
address = 31892749.HYD.28.04
END
for primary in 10 12 15 17 74 75 76 77 79; do
	printf '[meter kamstrup-%s]\naddress = %s\n' $primary $primary
done >>"$tmp/mbusd.conf"

wire()
{
	background "$build/mbus-sim" --tty /dev/ttyGS2 "$scenario" \
		>"$tmp/sim.out" 2>&1
	sim=$pid
}

start()
{
	: >"$tmp/log"
	chmod 666 "$tmp/log"
	background setpriv --reuid nobody --regid nogroup --groups dialout \
		--inh-caps +net_admin --ambient-caps +net_admin \
		--bounding-set -all,+net_admin \
		"$build/mbusd" -v -c "$tmp/mbusd.conf" 2>>"$tmp/log"
	mbusd=$pid
}

db()
{
	sqlite3 "$state/readings.db" "$1"
}

# stored METER: waits until a readout of it is in the store.
stored()
{
	wait_for_line "$tmp/log" "meter $1: readout [0-9]+ is in" 60
}

wire
start
wait_for_line "$tmp/log" 'bus heating is mbus0 on ttyACM2' 30
ok $? 'the bus is found by its adapter and attached, without root' ||
	give_up 'no bus'
stored kamstrup-79
ok $? 'its meters are read'
is "$(db "SELECT count(DISTINCT meter) FROM readout WHERE outcome = 'read'")" \
	11 'all eleven meters'
is "$(db "SELECT group_concat(why) FROM readout WHERE outcome <> 'read'")" '' \
	'none failed'

# What the meters sent, from the scenario: name, telegram. hyd-49 says what
# hyd-47 says, with its own ID; access numbers count on; and checksums with that.
awk -F' = ' '/^\[meter/ { gsub(/\[meter |\]/, ""); name = $1 }
	/^address/ { address[name] = $2 }
	/^telegram/ { reading = name; next }
	/^$/ { reading = "" }
	reading != "" { gsub(/[ \t]/, ""); telegram[reading] = telegram[reading] $1 }
	END { for (n in telegram) print (n ~ /^hyd/ ? n : "kamstrup-" address[n]) \
		"|" telegram[n] }' "$scenario" | sort >"$tmp/sent"
db "SELECT name, hex(bytes) FROM readout JOIN meter ON meter.id = meter
	JOIN telegram ON readout = readout.id GROUP BY name" | sort >"$tmp/got"
mask='s/\(|.\{14\}\).\{8\}/\1--------/; s/\(|.\{30\}\)../\1xx/; s/..16$//'
sed "$mask" "$tmp/got" >"$tmp/got.masked"
sed "$mask" "$tmp/sent" >"$tmp/sent.masked"
is "$(cat "$tmp/got.masked")" "$(cat "$tmp/sent.masked")" \
	'each telegram is the one its meter sent'

# The values that mbusd has of each first readout are those of its telegram.
# values FILE...: of CSV, without readouts after the first.
values()
{
	python3 -c 'import csv, sys
for name in sys.argv[1:]:
    first = None
    for row in csv.DictReader(open(name)):
        first = first or row.get("time")
        if row.get("time") == first:
            print(row["quantity"], row["storage"], row["value"], sep="|")' "$@"
}
mkdir "$tmp/history" "$tmp/decode"
for meter in $(cut -d'|' -f1 "$tmp/got"); do
	"$mbusctl" history "$meter" --socket "$state/api" --format csv \
		>"$tmp/history/$meter"
	db "SELECT hex(bytes) FROM telegram WHERE readout = (SELECT min(readout.id)
		FROM readout JOIN meter ON meter.id = meter WHERE name = '$meter')
		ORDER BY number" | "$mbusctl" decode --format csv - \
		>"$tmp/decode/$meter"
done
values "$tmp"/history/* >"$tmp/values"
values "$tmp"/decode/* >"$tmp/decoded"
is "$(cat "$tmp/values")" "$(cat "$tmp/decoded")" \
	'the values are those of the telegrams, to the last digit'
like "$(cat "$tmp/values")" '^energy\|0\|174843100$' \
	'the energy of the first house'
diag "$(wc -l <"$tmp/values") values of 11 meters"

"$adapter" unplug
wait_for_line "$tmp/log" 'bus heating: (unplugged|no adapter 1a86:55d5)'
ok $? 'unplugging is logged'
stop "$sim"
: >"$tmp/log"
wire
"$adapter" plug
plugged=$(cut -d. -f1 /proc/uptime)
wait_for_line "$tmp/log" 'bus heating is mbus0 on ttyACM2' 5
ok $? 'after plugging in, the bus is back within 5 s'
diag "after $(($(cut -d. -f1 /proc/uptime) - plugged)) s"
stored hyd-47
ok $? 'its meters are read again'

: >"$tmp/log"
kill "$mbusd"
ended "$mbusd"
is "$status $(ls /dev/mbus0 2>/dev/null)" '0 ' 'the bus ends with the daemon'
bus=$("$mbusctl" attach --background --vid 1a86 --pid 55d5 -n 2)
is "$bus" mbus0 'another program attaches it'
start
wait_for_line "$tmp/log" 'bus heating is mbus0 on ttyACM2'
ok $? 'the daemon uses the attached bus'
stored hyd-47
: >"$tmp/log"
"$mbusctl" detach mbus0
wait_for_line "$tmp/log" 'bus heating: unplugged'
wait_for_line "$tmp/log" 'bus heating is mbus0 on ttyACM2'
ok $? 'and attaches it itself when the other program ends'
stored hyd-47

# Ten years forward: each meter is read once, not for each missed readout.
: >"$tmp/log"
now=$(date +%s)
date -s '+10 years' >/dev/null
# The first may have been read before; the second was not.
wait_for_line "$tmp/log" 'meter kamstrup-10: readout [0-9]+ is in' 120 2
ok $? 'after the clock is set forward, meters are read'
is "$(db "SELECT max(times) FROM (SELECT count(*) AS times FROM readout
	WHERE time_ns / 1000000000 > $now + 100000000
	GROUP BY meter, time_ns / 20000000000)")" 1 'once'
: >"$tmp/log"
date -s '-10 years' >/dev/null
stored hyd-47
ok $? 'after the clock is set back, meters are read, too'
is "$(db "SELECT group_concat(DISTINCT outcome) FROM readout WHERE outcome
	NOT IN ('read', 'unplugged', 'silence')")" '' \
	'no answer was damaged or attributed to another meter' ||
	diag "$(db "SELECT outcome, why FROM readout WHERE outcome
		NOT IN ('read', 'unplugged', 'silence')")"
is "$(db 'PRAGMA integrity_check')" ok 'the store is intact'
stop "$mbusd"

done_testing
