#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The library serves any program: its messages name no program, option or
# command. What to do with the program at hand, the program adds (enum
# meterbus_hint).
. "$(dirname "$0")/../lib/tap.sh"

# Strings in which a program, a command line or an option is named.
named()
{
	grep -rnE --include='*.[ch]' \
		'"[^"]*(mbusctl|mbusd|mbus-sim|fuser|sudo|(^|[ ("])-{1,2}[a-z])' \
		"$@" | grep -v '#include'
}

is "$(named "$top/userspace/libmeterbus" "$top/include/meterbus")" '' \
	'no message of the library names a program, an option or a command'

cat >"$tmp/a.c" <<'EOF'
fail("attach one with: mbusctl attach TTY");
fail("choose one with -b: mbus0");
fail("choose another with --baud");
fail("give it a name - or a number");
EOF
is "$(named "$tmp" | wc -l)" 3 'each of three that do is found'

# Both programs have words for each hint.
hints=$(sed -n '/^enum meterbus_hint/,/^}/s/^\t\(METERBUS_HINT_[A-Z_]*\),.*/\1/p' \
	"$top/include/meterbus/error.h")
ok "$([ "$(echo "$hints" | wc -l)" -gt 10 ]; echo $?)" 'the hints are found'
for program in mbusctl/ui mbusd/base; do
	missing=
	for hint in $hints; do
		grep -q "\[$hint\]" "$top/userspace/$program/hint.c" ||
			missing="$missing $hint"
	done
	is "$missing" '' "$program/hint.c has words for each"
done

done_testing
