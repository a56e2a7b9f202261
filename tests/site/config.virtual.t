#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# 'scan --config' prints a configuration that mbusd accepts unchanged.
. "$(dirname "$0")/site.sh"

conf=$tmp/mbusd.conf

# sections KIND: the names of its sections
sections()
{
	sed -n "s/^\[$1 \(.*\)\]\$/\1/p" "$conf" | tr '\n' ' '
}

site reference-site
"$mbusctl" scan --config >"$conf"
is $? 0 'scan --config finds all meters'
run_ok 'mbusd accepts the output' "$build/mbusd" --check -c "$conf"
is "$(grep -A 1 '^\[mbusd\]' "$conf" | tail -n 1)" 'schedule = 15m' \
	'the meters are read with it'
is "$(sections bus)$(grep -c '^bus = mbus0$' "$conf")" 'bus0 1' \
	'the bus of a pty is given by its number'
is "$(sections meter)" "$(fifteen '' | tr '\n' ' ')" \
	'the meters are named by the number on their face, sorted'
is "$(grep -c '^bus = bus0$' "$conf")" 15 'each has its bus'
is "$(sed -n 's/^; \(HYD, heat\)$/\1/p' "$conf" | wc -l)" 15 \
	'and the type of meter'

# Default settings of the driver are omitted, changed ones are printed.
unlike "$(cat "$conf")" '^(guard|echo|baud) ' 'default settings are omitted'
"$mbusctl" set --guard 80 --echo off >/dev/null
"$mbusctl" scan --config --mask 31892741 >"$conf"
is "$(grep -E '^(guard|echo) ' "$conf" | tr '\n' ' ')" 'guard = 80ms echo = off ' \
	'changed settings are printed'
run_ok 'and accepted' "$build/mbusd" --check -c "$conf"
"$mbusctl" set --defaults >/dev/null
"$mbusctl" scan --config --mask 99999999 >"$conf"
is "$? $(sections meter)" '5 ' 'a search that finds nothing has no meters'
run "$build/mbusd" --check -c "$conf"
is "$status" 0 'its configuration is complete, too'

# Through mbusd, which has the bus and the schedule already.
cat >"$tmp/daemon.conf" <<END
[mbusd]
site = test
store = $tmp/readings.db
[api]
socket = $tmp/sock
[bus north]
bus = mbus0
END
chmod 640 "$tmp/daemon.conf"
background "$build/mbusd" -c "$tmp/daemon.conf" 2>"$tmp/mbusd.log"
wait_for_line "$tmp/mbusd.log" 'north is mbus0' 60 || give_up 'no bus'
"$mbusctl" scan --config --socket "$tmp/sock" --mask 3189274F >"$conf"
is "$(sections bus)$(sections meter)" \
	"$(fifteen '' | grep 3189274 | tr '\n' ' ')" 'through mbusd there are only meters'
is "$(grep -c '^bus = north$' "$conf")" 10 'with the name of the bus in mbusd'
cat "$conf" >>"$tmp/daemon.conf"
run_ok 'they can be added to its configuration' \
	"$build/mbusd" --check -c "$tmp/daemon.conf"
stop "$pid"
end_site

# Meters at several rates, and by primary address.
site quirks
"$mbusctl" scan primary --config >"$conf"
run_ok 'meters by primary address' "$build/mbusd" --check -c "$conf"
like "$(cat "$conf")" '^address = 10$' 'are read by it'
end_site

done_testing
