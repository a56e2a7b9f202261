# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced by tests of recordings: a bus with a monitor on it.
#
#	record FILE [OPTION...]	mbusctl monitor --write in the background, $monitor
#	end_record
#	plays FILE		its meters on a wire, attached; end_site ends it

. "$(dirname "$0")/../site/site.sh"

record()
{
	file=$1
	shift
	background "$mbusctl" monitor --quiet --write "$file" "$@"
	monitor=$pid
	tries=0
	until "$mbusctl" status | grep -q ', 1 user'; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || give_up 'the monitor does not open the bus'
	done
}

end_record()
{
	stop "$monitor"
}

plays()
{
	rm -f "$wire"
	background "$build/mbus-sim" --link "$wire" --replay "$1" >"$tmp/sim.out"
	sim=$pid
	wait_for_file "$wire" || give_up 'no wire'
	"$mbusctl" attach --background --echo off "$(readlink -f "$wire")" >/dev/null ||
		give_up 'the wire cannot be attached'
}

# What happened, without times: what two recordings of the same have in common.
events_of()
{
	jq -c 'select(.kind) | [.kind, .direction, .outcome, .reason, .tries, .raw]' "$1"
}
