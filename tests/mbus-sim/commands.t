#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. "$(dirname "$0")/bus.sh"

simulate "$scenarios/single.ini"
run master "$(long 53 05 51 01 7A 08)" "$(short 40 05)" "$(short 7B 08)"
like "$(echo "$out" | tr '\n' ' ')" '^E5 - 685E5E680808724727' \
	'a new primary address is acknowledged and taken'

run master "$(long 53 08 BD)" +100 "$(short 40 08)" @9600 "$(short 40 08)"
is "$out" 'E5
-
E5' 'after a baud switch the meter hears the new rate only'
like "$(cat "$log")" ' baud 9600$' 'the wire follows the rate of the pty'

run master @9600 "$(long 53 08 BB)" +100 @2400 "$(short 7B 08)"
like "$(echo "$out" | tr '\n' ' ')" '^E5 685E' 'and back'

run master "$(long 53 FF 51 01 7A 09)" "$(short 40 09)"
is "$out" '-
E5' 'a broadcast is executed and not answered'

run master "$(short 5A 09)"
is "$out" E5 'REQ_UD1 without an alarm is acknowledged'

run master 1040 +100 "$(short 40 09)"
is "$out" '-
E5' 'half a telegram leaves no trace after a pause'

run master 1040094A16 "$(short 40 09)"
is "$out" '-
E5' 'a wrong checksum is not answered'

stop_sim
simulate --baud 300 "$scenarios/single.ini"
run master -t "$(short 40 05)"
like "$out" '^[0-9]+ [0-9]+ E5$' 'at 300 baud the meter answers'
ok "$((${out%% *} < 325))" 'but not before bytes and delay have passed'

done_testing
