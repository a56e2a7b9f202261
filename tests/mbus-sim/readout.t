#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. "$(dirname "$0")/bus.sh"

first='^681C1C6808077278563412244001075'
second='^681A1A680807727856341224400107'
third='^681B1B680807727856341224400107'

# line N of $out
line()
{
	echo "$out" | sed -n "$1p"
}

simulate "$scenarios/multi-telegram.ini"
run master "$(short 40 07)" "$(short 7B 07)" "$(short 7B 07)" \
	"$(short 5B 07)" "$(short 5B 07)" "$(short 7B 07)" "$(short 5B 07)" \
	"$(short 7B 07)"
is "$(line 1)" E5 'SND_NKE is acknowledged'
like "$(line 2)" "$first" 'the first request gets the first telegram'
is "$(line 3)" "$(line 2)" 'the same FCB gets it again, byte for byte'
like "$(line 4)" "$second" 'a toggled FCB gets the second'
is "$(line 5)" "$(line 4)" 'and again'
like "$(line 6)" "$third" 'then the third'
is "$(line 7)" E5 'then E5: there is no more'
like "$(line 8)" "$first" 'then the first one again'

run master "$(short 5B 07)" "$(long 53 07 50)" "$(short 7B 07)"
like "$(line 1)" "$second" 'in the midst of a readout'
is "$(line 2)" E5 'an application reset is acknowledged'
like "$(line 3)" "$first" 'and starts the readout again'

stop_sim
simulate --set meter.fcb=first "$scenarios/multi-telegram.ini"
run master "$(short 7B 07)" "$(short 5B 07)"
like "$(line 2)" "$first" 'a meter that ignores FCB sends the same for ever'
isnt "$(line 1)" "$(line 2)" 'under another access number'

stop_sim
simulate --set meter.access-counts=no "$scenarios/single.ini"
run master "$(short 7B 05)" "$(short 5B 05)"
is "$(line 1)" "$(line 2)" 'unless that is fixed'
like "$(line 1)" '^685E5E680805724727893124232804ED' \
	'a meter answers under its own primary address'

stop_sim
simulate --set meter.readouts=1 "$scenarios/single.ini"
run master "$(short 7B 05)" "$(short 5B 05)"
is "$(line 2)" 68040468080570098616 \
	'a meter with its readouts used up says so'

done_testing
