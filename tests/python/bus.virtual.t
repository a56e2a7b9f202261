#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# meterbus.read(), scan() and monitor() on a bus with simulated meters: what
# mbusctl says, as it happens, and every failure an exception.
. "$(dirname "$0")/../site/site.sh"
. "$(dirname "$0")/python.sh"

# run_part NAME [ARGUMENT]...: that function of bus.py on the site that is attached; the
# numbers of the tests go on.
run_part()
{
	rm -f "$tmp/count"
	python "$here/bus.py" "$tap_count" "$@" "$tmp" || tap_failed=$((tap_failed + 1))
	read -r tap_count <"$tmp/count" || give_up "$1 ends early"
}

site multi-telegram
run_part multi
end_site

site quirks
run_part single
end_site

# OMS volume 2, annex N, mode 7, on the primary address 9.
scenarios=$tmp
cat >"$tmp/keyed.ini" <<END
[scenario]
description = an encrypted meter
[meter encrypted]
address = 9
telegram =
	68 34 34 68 08 09 72 78 56 34 12 93 15 33 03 75 00 20 27 10 B3 0A 00 00
	90 58 47 5F 4B C9 1D F8 78 B8 0A 1B 0F 98 B6 29 02 4A AC 72 79 42 BF C5
	49 23 3C 01 40 82 9B 93 D2 16
END
site keyed
run_part keyed
end_site
scenarios=$top/userspace/mbus-sim/scenarios

site reference-site
run_part reference
end_site

site single
run_part unplugged "$sim"
stop "$sim"

done_testing
