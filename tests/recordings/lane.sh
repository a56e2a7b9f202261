# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced by tests of recordings: a bus with a monitor on it.
#
#	record FILE [OPTION...]	mbusctl monitor --write in the background, $monitor
#	end_record

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

# What happened, without times: what two recordings of the same have in common.
events_of()
{
	jq -c 'select(.kind) | [.kind, .direction, .outcome, .reason, .tries, .raw]' "$1"
}
