# SPDX-License-Identifier: GPL-2.0-only
#
# A simulated site on a bus of this lane's kernel, for the tests beside it.
#
#	site SCENARIO [mbus-sim OPTION]...	starts the wire and attaches it;
#			$rate and $attach_options go to mbusctl attach
#	end_site	detaches and stops it
#	scan OPTION...	runs mbusctl scan --json; $events has its lines
#	count STATE	of the last scan's summary
#	found STATE	the addresses the last scan reported in STATE, sorted

. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl
scenarios=$top/userspace/mbus-sim/scenarios
rate=2400
attach_options=
wire=$tmp/wire
events=$tmp/events

[ -n "${MBUS_KO:-}" ] || skip_all 'needs a lane'
insmod "$MBUS_KO" || give_up 'the module does not load'

site()
{
	rm -f "$wire"
	scenario=$1
	shift
	"$build/mbus-sim" --link "$wire" --baud "$rate" --log "$tmp/sim.log" \
		"$@" "$scenarios/$scenario.ini" >"$tmp/sim.out" 2>&1 &
	sim=$!
	tap_pids="$tap_pids $sim"
	wait_for_file "$wire" || give_up "no wire: $(cat "$tmp/sim.out")"
	# shellcheck disable=SC2086 # several words, or none
	"$mbusctl" attach --background --baud "$rate" $attach_options \
		"$(readlink -f "$wire")" >/dev/null ||
		give_up 'the wire cannot be attached'
}

end_site()
{
	"$mbusctl" detach "$(readlink -f "$wire")" ||
		fail 'the wire is detached'
	stop "$sim"
}

scan()
{
	status=0
	"$mbusctl" scan --json "$@" >"$events" 2>"$tmp/scan.err" || status=$?
	err=$(cat "$tmp/scan.err")
}

count()
{
	jq -r "select(.event == \"summary\") | .$1" "$events"
}

found()
{
	jq -r "select(.event == \"meter\" and .state == \"$1\") | .address" \
		"$events" | sort
}

finding()
{
	jq -r "select(.event == \"finding\" and .kind == \"$1\") | .text" \
		"$events"
}

# The fifteen meters of reference-site, by the last four digits of their IDs.
fifteen()
{
	for last in 40 41 42 43 44 45 46 47 48 49 50 51 52 53 54; do
		echo "318927$last$1"
	done
}

# finds_all_fifteen NAME: scans, and every meter is confirmed, once.
finds_all_fifteen()
{
	scan
	if is "$status $(found confirmed | tr '\n' ' ')$(count confirmed)" \
		"0 $(fifteen 24232804 | tr '\n' ' ')15" "$1"; then
		diag "$1: $(count probes) probes, $(count seconds) s"
	else
		cat "$events" >&2
		return 1
	fi
}
