#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# README.md leads to every document, every link has a target, and
# every command has a manual page without errors.
. "$(dirname "$0")/../lib/tap.sh"

check=$top/tests/house/check-docs

run "$check" "$top"
is "$out$err" '' 'README.md leads to every document'

mkdir -p "$tmp/Documentation"
echo '[a](Documentation/a.md)' >"$tmp/README.md"
echo '[b](b.md)' >"$tmp/Documentation/a.md"
run "$check" "$tmp"
is "$out" 'Documentation/a.md: b.md is not there' 'a broken link is found'

echo 'a page' >"$tmp/Documentation/a.md"
echo '[a](a.md)' >"$tmp/Documentation/b.md"
run "$check" "$tmp"
is "$out" 'Documentation/b.md: no link leads to it from README.md' \
	'a page without a link is found'

# --- manual pages

pages=$tmp/pages
mkdir "$pages"
"$top/userspace/mbusctl/command-pages" -v dir="$pages" "$top"/userspace/mbusctl/main.c \
	"$top"/userspace/mbusctl/cmd/*.c "$top/Documentation/mbusctl.8"

"$top/build/mbusctl" help | sed -n 's/^  \([a-z][a-z-]*\) .*/\1/p' | sort >"$tmp/commands"
for page in "$pages"/*; do
	name=${page##*/mbusctl-}
	echo "${name%.8}"
done | sort >"$tmp/described"
run diff "$tmp/commands" "$tmp/described"
is "$out" '' 'every command has a page, and every page a command'

# --- the library's pages

# shellcheck disable=SC2046 # names without spaces
"$top/userspace/libmeterbus/header-pages" -v dir="$pages" "$top/Documentation/meterbus.3" \
	$(find "$top/include/meterbus" -name '*.h' ! -name meterbus.h)
for name in $(sed -n 's/^[[:space:]]*\(meterbus_[a-z0-9_]*\);.*/\1/p' \
		"$top"/userspace/libmeterbus/*.map | sort -u); do
	[ -e "$pages/$name.3" ] || echo "$name"
done >"$tmp/missing"
is "$(cat "$tmp/missing")" '' 'every public function has a page'
for link in $(grep -l '^\.so ' "$pages"/*.3); do
	name=${link##*/}
	page=$pages/$(sed -n 's,^\.so man3/,,p' "$link")
	grep -q "^\.Nm ${name%.3}\( ,\)\{0,1\}$" "$page" &&
		grep -q "\(^\|[ *]\)${name%.3}[([]" "$page" || echo "$name"
done >"$tmp/wrong"
is "$(cat "$tmp/wrong")" '' 'which names it and shows its declaration'
run grep -L -e '^\.Nd .' -e '^\.so ' "$pages"/*.3
is "$out" '' 'every header is in the table of meterbus(3)'

# shellcheck disable=SC2046 # names without spaces
run mandoc -Tlint -W warning "$top"/Documentation/*.[1-8] \
	$(grep -L '^\.so ' "$pages"/*)
is "$out$err" '' 'the manual pages have no errors'

echo '.Sh NAME' >"$tmp/bad.8"
run mandoc -Tlint -W warning "$tmp/bad.8"
like "$out$err" 'bad.8' 'a page with errors is found'

done_testing
