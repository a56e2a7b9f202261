#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Recordings as files: of both formats, begun anew, of a recorder that was killed.
. "$(dirname "$0")/lane.sh"

site single

# --- killed while it records

record "$tmp/killed.mbus"
"$mbusctl" send 1040054516 >/dev/null
kill -KILL "$monitor"
wait "$monitor" 2>/dev/null
is "$(events_of "$tmp/killed.mbus" | tail -n 1)" \
	'["outcome",null,"ack",null,1,"1040054516"]' \
	'what has happened is in the file when its recorder is killed'

# --- shown as live

record "$tmp/live.mbus" --json
background "$mbusctl" monitor >"$tmp/live.txt"
live=$pid
tries=0
until "$mbusctl" status | grep -q ', 2 users'; do
	tries=$((tries + 1))
	[ $tries -lt 100 ] || give_up 'the monitor does not open the bus'
done
"$mbusctl" read 5 >/dev/null
stop "$live"
end_record
is "$("$mbusctl" monitor --read "$tmp/live.mbus")" "$(cat "$tmp/live.txt")" \
	'a recording is shown as it was live'
is "$(head -n 1 "$tmp/live.mbus" | jq -c '[.recording, .bus, .baud, .timing.repeats]')" \
	'[1,"mbus0",2400,2]' 'its head names the bus'

# --- begun anew

record "$tmp/small.mbus" --rotate 2K
for _ in 1 2 3 4; do
	"$mbusctl" send 1040054516 >/dev/null
done
end_record
for file in small.mbus small.mbus.1; do
	run_ok "$file can be read" "$mbusctl" replay "$tmp/$file"
	[ "$(wc -c <"$tmp/$file")" -lt 2600 ]
	ok $? "$file is not much larger than was asked for"
done
is "$(cat "$tmp/small.mbus.1" "$tmp/small.mbus" | jq .seq | grep -v null | sort -n | uniq -d)" \
	'' 'no record is in both'

# --- for Wireshark

record "$tmp/wire.pcapng"
"$mbusctl" send 1040054516 >/dev/null
"$mbusctl" send --repeats 0 1040094916 >/dev/null
end_record
end_site
if command -v tshark >/dev/null; then
	run_ok 'tshark reads the pcapng' tshark -r "$tmp/wire.pcapng" -T fields \
		-e frame.encap_type -e frame.interface_name -e frame.packet_flags_direction \
		-e data.data -e frame.comment
	is "$(printf '%s\n' "$out" | head -n 5 | tr '\t' '|')" \
		"45|mbus0|0x00000002|1040054516|SND_NKE A=5
45|mbus0|0x00000001|e5|ack
45|mbus0|0x00000000||ack for SND_NKE A=5
45|mbus0|0x00000002|1040094916|SND_NKE A=9
45|mbus0|0x00000000||silence for SND_NKE A=9" \
		'and shows bytes, directions and words'
else
	skip 'tshark reads the pcapng' 'no tshark'
	skip 'and shows bytes, directions and words' 'no tshark'
fi

done_testing
