#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Notifications to systemd, and priorities in the journal.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/mbusd.sh"

ldd "$sim" | grep -q libsystemd || skip_all 'built without libsystemd'

config 1 1 'schedule = 1s'
background python3 -c 'import socket, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind(sys.argv[1])
while True:
    print(s.recv(4096).decode().replace("\n", " "), flush=True)' \
	"$tmp/notify" >>"$tmp/notified"
wait_for_file "$tmp/notify"
NOTIFY_SOCKET=$tmp/notify
export NOTIFY_SOCKET

daemon
wait_for_line "$tmp/notified" '^READY=1'
ok $? 'it is ready when all its parts run'
: >"$tmp/notified"
kill -HUP "$pid"
wait_for_line "$tmp/notified" '^RELOADING=1 MONOTONIC_USEC=[0-9]+$'
ok $? 'it notifies a reload'
wait_for_line "$tmp/notified" '^READY=1'
ok $? 'and its end'
: >"$tmp/notified"
printf 'x\n' >>"$tmp/mbusd.conf"
kill -HUP "$pid"
wait_for_line "$tmp/log" 'the old configuration stays in use'
wait_for_line "$tmp/notified" '^READY=1'
ok $? 'after a rejected configuration it is ready'
wait_for_line "$tmp/notified" '^WATCHDOG=1$'
ok $? 'the watchdog is fed'
kill "$pid"
wait "$pid"
is $? 0 'it ends without error'
wait_for_line "$tmp/notified" '^STOPPING=1$'
ok $? 'and notifies its end'

# JOURNAL_STREAM says that stderr is the journal, which has priorities.
sed -i '$d' "$tmp/mbusd.conf"
: >"$tmp/log"
JOURNAL_STREAM=$(stat -c '%d:%i' "$tmp/log") "$sim" -c "$tmp/mbusd.conf" \
	2>>"$tmp/log" &
pid=$!
tap_pids="$tap_pids $pid"
wait_for_line "$tmp/log" '^<5>version .* runs with'
ok $? 'lines for the journal have their priority'
mv "$tmp/bus0.ini" "$tmp/unplugged"
wait_for_line "$tmp/log" '^<4>bus bus0: unplugged'
ok $? 'a warning has its priority'
stop "$pid"
unlike "$(cat "$tmp/log")" '^[^<]' 'all lines have a priority'

done_testing
