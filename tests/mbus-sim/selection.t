#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. "$(dirname "$0")/bus.sh"

request=$(short 7B FD)
simulate --turnaround 0 "$scenarios/reference-site.ini"

run master "$request"
is "$out" - 'nobody is selected at first'

run master "$(selection 31892743 24 23 28 04)" "$request"
is "$(echo "$out" | head -n 1)" E5 'a full address is acknowledged'
like "$out" '^685E5E680800724327893124232804ED.*16$' \
	'and the selected meter answers with its own identity'

run master "$(selection 31892744)" "$request"
like "$out" '^685E5E680800724427893124232804ED' \
	'another selection selects another meter only'

run master "$(selection 31892799)" "$request"
is "$out" '-
-' 'a selection nobody matches deselects'

run master "$(selection 31892754)" "$(short 40 FD)" "$request"
is "$out" 'E5
E5
-' 'SND_NKE to 253 deselects'

run master "$(selection 3189275F)" "$(selection 3189276F)" \
	"$(selection 318F2741)"
is "$out" '00
-
E5' 'a mask is answered by a break, nobody or one meter'
like "$(cat "$log")" ' collision .*mA' 'the log names the collision'
like "$(cat "$log")" ' selected 31892754.HYD.28.04' \
	'the log names the meters selected'

run master "$(selection 31892740)" "$(short 5B FD)"
like "$out" '^685E5E68' 'an ordinary meter answers 5B after a selection'

stop_sim
simulate --set meter.fcb=strict --turnaround 0 "$scenarios/reference-site.ini"
run master "$(selection 31892740)" "$(short 5B FD)" "$(short 7B FD)"
like "$(echo "$out" | tr '\n' ' ')" '^E5 - 685E' \
	'a strict one answers 7B only'

stop_sim
simulate "$scenarios/silent.ini"
run master "$(selection 31892741)" "$(short 7B FD)" "$(selection 31892740)" \
	"$(short 7B FD)"
like "$(echo "$out" | tr '\n' ' ')" '^E5 - E5 685E' \
	'a silent meter acknowledges and answers no request'

done_testing
