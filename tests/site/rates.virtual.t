#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# All meters of the reference site are found at 9600 and at 300 baud.
. "$(dirname "$0")/site.sh"

for rate in 9600 300; do
	site reference-site
	finds_all_fifteen "$rate baud: 15 of 15"
	run_ok "$rate baud: one is read" "$mbusctl" read 31892743
	end_site
done

done_testing
