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

# A problem as somebody sends it: their meters all have address 0, as they came
# from the factory, and their converter signals no collisions.
plays "$top/tests/recordings/several-at-0.mbus"
run_is 6 'what failed there' "$mbusctl" read 0
like "$err" 'several meters answer to primary address 0 at once; read them by secondary' \
	'fails here with the same message'
end_site

done_testing
