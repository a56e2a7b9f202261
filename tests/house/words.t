#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The outcomes of a transaction and the kinds of errors each have one list of
# words in the sources; documents, specifications and SQL have the same words.
. "$(dirname "$0")/../lib/tap.sh"
cd "$top" || exit 1

# Words of standard input, in one line.
line()
{
	tr -s ' ,\n\t' ' ' | sed 's/^ //; s/ $//'
}

# --- outcomes: include/uapi/linux/meterbus.h

header=include/uapi/linux/meterbus.h
outcomes=$(sed -n '/^#define METERBUS_OUTCOME_WORDS/,/)$/s/.*{ METERBUS_OUTCOME_[A-Z_]*,[^"]*"\([^"]*\)".*/\1/p' \
	$header | sed 1d | line)
like "$outcomes" '^ack frame .* unplugged$' 'the words are found'

is "$(sed -n 's/^\tMETERBUS_OUTCOME_\([A-Z_]*\)\t*= [0-9]*,$/\1/p' $header |
	sed 1d | tr 'A-Z_' 'a-z-' | line)" "$outcomes" 'each value has its word'
is "$(sed -n 's/^#define METERBUS_OUTCOME_COUNT //p' $header)" \
	$(($(echo "$outcomes" | wc -w) + 1)) 'all of them are counted'

# spec FILE: of the family's counters
spec()
{
	sed -n '/^    name: outcomes$/,/^  -$/s/^        name: //p' "$1" | line
}
netlink=Documentation/netlink/specs/meterbus.yaml
is "$(spec $netlink)" "$outcomes" 'netlink has a counter for each'
sed 's/name: echo-only/name: echo/' $netlink >"$tmp/other.yaml"
isnt "$(spec "$tmp/other.yaml")" "$outcomes" 'another word is found'

is "$(sed -n '/^Outcomes of a transaction/,/^The same words/s/^\([a-z-]\{3,\}\)  .*/\1/p' \
	Documentation/mbus.rst | line)" "$outcomes" 'mbus.rst describes each'
is "$(sed -n '/^\.Sh OUTCOMES/,/^\.Sh ENV/s/^\.It //p' Documentation/mbusctl.8 |
	line)" "$outcomes" 'mbusctl(8) describes each'
is "$(sed -n '/^\.Sh OUTCOMES/,/;$/p' Documentation/mbus.4 |
	sed -n 's/.* ends as //; s/;$//; s/ or$//; /^\.Sh/!p' | line)" "$outcomes" \
	'mbus(4) names each'
is "$(sed -n 's/.*what a transaction ended as: \(.*\) |$/\1/p' \
	Documentation/glossary.md | line)" "$outcomes" 'so does the glossary'
is "$(git grep -l --all-match -e '"echo-only"' -e '"unplugged"' -- kernel userspace include |
	line)" "include/meterbus/link.h $header" 'no other source has a list'

# --- errors: userspace/libmeterbus/base/error.c

errors=$(sed -n 's/^\t\t\[METERBUS_E_[A-Z_]*\][^"]*"\([^"]*\)",$/\1/p' \
	userspace/libmeterbus/base/error.c | line)
like "$errors" '^usage no-bus .*' 'the words of errors are found'
is "$(sed -n 's/^ *enum: \[\(usage, no-bus.*\)\]$/\1/p' Documentation/mbusd-api.yaml |
	line)" "$errors" 'mbusd-api.yaml has each kind of error'
is "$(sed -n 's/^ *enum: \[\(read, usage.*\)\]$/\1/p' Documentation/mbusd-api.yaml |
	line)" "read $errors" 'and each as the outcome of a readout'
is "$(sed -n 's/^    kind = "\([a-z-]*\)"$/\1/p' userspace/python/meterbus/_errors.py |
	sort | line)" "$(printf '%s\n' $errors | sort | line)" \
	'the Python package has an exception for each'
attempts=$(sed -n "/outcome IN (/,/)/p" userspace/mbusd/store/store.c |
	grep -o "'[a-z-]*'" | tr -d "'")
like "$(echo "$attempts" | line)" '^read silence' 'the words in SQL are found'
for word in $attempts; do
	case " read $errors " in
	*" $word "*) ;;
	*) echo "$word" ;;
	esac
done >"$tmp/unknown"
is "$(cat "$tmp/unknown")" '' 'and are those'

done_testing
