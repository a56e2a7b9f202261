#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Difficult wires: no meter is found twice, none is lost, none invented, and
# each unconfirmed one has a reason.
# shellcheck disable=SC2046 # hyd prints a list of addresses
. "$(dirname "$0")/site.sh"

# hyd NUMBER...: full addresses of HYD meters, sorted
hyd()
{
	printf '%s24232804\n' "$@" | sort
}

# all_found NAME ADDRESS...: exactly these are confirmed, and nothing else is
all_found()
{
	name=$1
	shift
	if is "$status $(found confirmed | tr '\n' ' ')" "0 $(printf '%s\n' "$@" |
		sort | tr '\n' ' ')" "$name"; then
		diag "$name: $(count probes) probes, $(count seconds) s"
	else
		cat "$events" >&2
	fi
}

site overlapping-acks
scan
all_found 'two E5 that overlap to a clean one' $(hyd 31892740 31892775)
end_site

site phantom
scan
all_found 'two telegrams that overlap to a third' $(hyd 12345678 12345699)
like "$(finding phantom)" '1234561824232804, which does not answer to its own' \
	'the phantom is reported'
end_site

site hex-ids
# One with a decimal digit, where there must be several.
scan --mask 3189274F
all_found 'IDs with digits A to E, with the default search' \
	$(hyd 3189274A 3189274B 31892743)
scan --all-digits
all_found 'IDs with digits A to E, everywhere' \
	$(hyd 3189274A 3189274B 31892743 C1892743 81892743)
end_site

# The complete search takes eleven minutes of bus time.
site equal-ids
scan --mask 11110000
all_found 'one ID of two manufacturers' 1111000024232804 1111000024402804
scan --mask 22220000.HYD.FF.04
all_found 'one ID of two versions' 2222000024232804 2222000024232F04
scan --mask 33330000.HYD.28
all_found 'one ID of two media' 3333000024232804 333300002423280A
scan --mask 44440000.HYD.28.04
all_found 'one ID, three fabrication numbers' 4444000024232804.00001234 \
	4444000024232804.00001239 4444000024232804.7FFFFFFF
run_ok 'a meter is read by its fabrication number' \
	"$mbusctl" read 44440000.HYD.28.04.70001234
run_is 5 'a missing one is not read' \
	"$mbusctl" read 44440000.HYD.28.04.70001235
end_site

site weak-converter
scan
all_found 'a converter that drops its voltage' \
	$(hyd 31892740 31892741 31892742 31892743 31892744 31892745 31892746 \
		31892747)
end_site

site silent
scan
is "$status $(found confirmed | tr '\n' ' ')$(found silent)" \
	'8 3189274024232804 3189275224232804 31892741FFFFFFFF' \
	'a meter that acknowledges and never answers'
like "$(jq -r 'select(.state == "silent") | .why' "$events")" \
	'acknowledged [0-9]+ times and answered none' 'with the reason'
end_site

site late
scan
is "$(count suspect)$(count several) $(found confirmed | grep -c .)" '00 3' \
	'a meter that answers after 1100 ms is found'
like "$(finding late)" 'answers 1[0-9]{3} ms after a request' 'reported as such'
end_site

site frame-count
scan
all_found 'meters that treat the FCB differently' \
	$(hyd 31892740 31892741 31892752 31892753)
run "$mbusctl" read --raw 31892740
like "$err" 'ignores the FCB' 'a meter that ignores it is reported'
is "$(printf '%s\n' "$out" | grep -c '^68')" 1 'and its telegram is read once'
run "$mbusctl" read --raw 31892741
like "$err" 'again; no further data' 'a meter that always announces more is stopped'
end_site

done_testing
