#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What a converter that needs 37 ms to turn the line round does to a master
# that does not wait. Early is at once, late is 200 ms.
. "$(dirname "$0")/bus.sh"

select=$(selection 31892743)
request=$(short 7B FD)

simulate "$scenarios/reference-site.ini"
run master "$select." "$request"
is "$out" 'E5
-' 'a request sent at once after the E5 is lost'
like "$(cat "$log")" " lost 10 7B FD 78 16\$" 'the log says so'

run master "$select." +200 "$request"
like "$(echo "$out" | tr '\n' ' ')" '^E5 685E5E680800724327' \
	'a request sent later is answered'

run master "$request" "$request"
is "$(echo "$out" | grep -c '^685E')" 2 \
	'and so is one after a telegram and its pause'

stop_sim
simulate --turnaround 0 "$scenarios/reference-site.ini"
run master "$select." "$request"
like "$(echo "$out" | tr '\n' ' ')" '^E5 685E5E680800724327' \
	'without turnaround the request at once is answered'

stop_sim
simulate --turnaround 600 "$scenarios/reference-site.ini"
run master "$select." +200 "$request"
is "$out" 'E5
-' 'with a longer turnaround one after 200 ms is lost, too'

done_testing
