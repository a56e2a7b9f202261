#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# reference-site.mbus was recorded at the reference site: a request to all, which
# the converter answers with its 00; two readouts by secondary address, a
# selection no meter matches, an address without a meter. Its meters are played,
# and what is recorded then is the same again.
. "$(dirname "$0")/lane.sh"

recording=$top/tests/recordings/reference-site.mbus

ask()
{
	"$mbusctl" send --repeats 0 105BFE5916
	"$mbusctl" read --json 31892743
	"$mbusctl" read --json 31892750
	"$mbusctl" send --repeats 0 680B0B6873FD5256341299FFFFFFFFF316
	"$mbusctl" send --repeats 1 1040094916
}

# plays FILE: its meters on a wire, attached
plays()
{
	rm -f "$wire"
	background "$build/mbus-sim" --link "$wire" --replay "$1" >"$tmp/sim.out"
	sim=$pid
	wait_for_file "$wire" || give_up 'no wire'
	"$mbusctl" attach --background --echo off "$(readlink -f "$wire")" >/dev/null ||
		give_up 'the wire cannot be attached'
}

if [ -n "${MBUS_RECORD:-}" ]; then
	# How it was made: in a lane, with MBUS_RECORD where it shall go.
	site reference-site --turnaround 37
	record "$tmp/new.mbus"
	ask >/dev/null 2>&1
	end_record
	end_site
	cat "$tmp/new.mbus" >&2
	give_up 'recorded'
fi

plays "$recording"
record "$tmp/again.mbus"
ask >"$tmp/answers" 2>&1
end_record
end_site
is "$(events_of "$tmp/again.mbus")" "$(events_of "$recording")" \
	'everything is as it was recorded'
like "$(cat "$tmp/answers")" '^collision \(a single 00' 'the 00 of the converter'
is "$(grep -c '"address":"318927[45][03]24232804"' "$tmp/answers")" 2 'both meters'
# The recorded times have the way through the tty in them, the replayed ones twice.
late=$(jq -n --slurpfile a "$recording" --slurpfile b "$tmp/again.mbus" '
	def delays: [.[] | select(.kind)] as $r |
		[range(1; $r | length) | select($r[.].direction == "received") |
		$r[.].ns - $r[. - 1].end_ns];
	[($a | delays), ($b | delays)] | transpose | map(.[1] - .[0] | fabs) |
	max / 1000 | floor')
[ "$late" -lt 100000 ]
ok $? 'and as late, within 100 ms'
diag "the most it was late by: $late us"

# A master that counts its frames the other way gets the same answers.
plays "$recording"
run "$mbusctl" send --repeats 0 105BFD5816
like "$out" '^frame RSP_UD' 'a request with the other frame count bit is answered'
end_site

done_testing
