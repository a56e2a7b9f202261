#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# mbusd creates the missing folders of its store and socket.
. "$(dirname "$0")/../lib/tap.sh"

mkdir "$tmp/var" "$tmp/run"
cat >"$tmp/mbusd.conf" <<END
[mbusd]
store = $tmp/var/mbusd/readings.db
[api]
socket = $tmp/run/mbusd/api.sock
END
background "$build/mbusd" -c "$tmp/mbusd.conf" 2>"$tmp/log"
wait_for_line "$tmp/log" 'runs with'
ok $? 'it starts without its folders'
is "$(stat -c %a "$tmp/var/mbusd" "$tmp/run/mbusd" | tr '\n' ' ')" '750 755 ' \
	'they have the modes that the service sets'
is "$(curl -s --unix-socket "$tmp/run/mbusd/api.sock" http://mbusd/v1/status |
	jq -r .version)" "$("$build/mbusd" --version | cut -d' ' -f2)" \
	'its version is in the API'
stop "$pid"
[ -e "$tmp/var/mbusd/readings.db" ]
ok $? 'the store is kept'
like "$(cat "$tmp/log")" "made the folder $tmp/var/mbusd" 'and that is logged'

done_testing
