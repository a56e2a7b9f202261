#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Sources include only the rooms that the table allows, and the check detects
# violations.
. "$(dirname "$0")/../lib/tap.sh"

check=$top/tests/house/check-rooms

run "$check" "$top" "$top/tests/house/rooms"
is "$out$err" '' 'every source includes only what its room may include'

mkdir -p "$tmp/userspace/p/low" "$tmp/userspace/p/high"
echo '#include "high/b.h"' >"$tmp/userspace/p/low/a.c"
: >"$tmp/userspace/p/high/b.h"

printf 'p/high: low\np/low:\n' >"$tmp/table"
run "$check" "$tmp" "$tmp/table"
is "$out" 'p/low/a.c: p/low may not include p/high (high/b.h)' \
	'an include upwards is found'

printf 'p/high: low\np/low: high\n' >"$tmp/table"
run "$check" "$tmp" "$tmp/table"
is "$out" 'p/high must stand below p/low, which may include it' \
	'a circle is found'

mkdir "$tmp/userspace/common"
echo '#include "common/c.h"' >"$tmp/userspace/p/low/a.c"
: >"$tmp/userspace/common/c.h"
printf 'p/high:\np/low:\ncommon:\n' >"$tmp/table"
run "$check" "$tmp" "$tmp/table"
is "$out" '' 'every room may include what is common'
echo '#include "p/high/b.h"' >"$tmp/userspace/common/c.h"
run "$check" "$tmp" "$tmp/table"
is "$out" 'common/c.h: "p/high/b.h" is not below common/' \
	'which includes none of them'

printf 'p/low: high\n' >"$tmp/table"
run "$check" "$tmp" "$tmp/table"
like "$out" 'p/high is not in the table' 'a folder without a line is found'

done_testing
