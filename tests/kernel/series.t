#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# limit: 7200 s, as it builds a kernel
#
# The driver as a patch series for the newest packaged kernel: each patch applies,
# passes checkpatch, builds without a warning and passes its KUnit in UML; with
# all of them the selftests pass there, in virtual time.
. "$(dirname "$0")/../lib/tap.sh"

lanes=${MBUS_LANES:-$top/.lanes}
pristine=$lanes/linux-source-7
linux=$lanes/linux-source-series
objects=$lanes/uml-series
mbus=drivers/tty/mbus
series=$build/series

"$top/tests/lanes" uml-series || give_up 'no kernel to apply the series to'
# One at a time uses the copy of the source.
exec 9>"$lanes/.lock-series"
flock 9

# shellcheck disable=SC2086 # a list of files
changed_by()
{
	sed -n 's|^+++ b/||p' "$@" | sort -u
}

# The copy of the source as it was; what differs gets a new time, for make.
restore()
{
	[ ! -e "$objects.changed" ] || while read -r file; do
		if [ ! -e "$pristine/$file" ]; then
			rm -f "$linux/$file"
		elif ! cmp -s "$pristine/$file" "$linux/$file"; then
			cp "$pristine/$file" "$linux/$file"
		fi
	done <"$objects.changed"
	find "$linux/$mbus" "$linux/tools/testing/selftests/drivers/mbus" \
		-depth -type d -empty -delete 2>/dev/null
	rm -f "$objects.changed"
}

kernel()
{
	make -s -C "$linux" ARCH=um "O=$objects" "-j$(nproc)" "$@"
}

# in_uml COMMAND...
in_uml()
{
	MBUS_KO=$objects/$mbus/mbus.ko "$top/tests/uml/run" --kernel series "$@"
}

restore
run_ok 'the series is made' "$top/kernel/series/make-series" "$pristine" "$series"
first=$(sha256sum "$series"/*.patch)
"$top/kernel/series/make-series" "$pristine" "$series" >"$tmp/again"
is "$(sha256sum "$series"/*.patch)" "$first" 'the same tree makes the same series'
set -- "$series"/*.patch
is $# 7 'a letter and six patches'
unlike "$(cat "$series"/*.patch)" \
	'LINUX_VERSION|include_next|MBUS_HAVE|compat-include' \
	'nothing in it is for older kernels'
like "$(cat "$series"/0000-*)" '^Why a line discipline$' 'the letter argues'

# A file without a line of MAINTAINERS would be checkpatch's finding.
sed -n 's|^+F:\t||p' "$series"/*.patch | sort -u >"$tmp/covered"
changed_by "$series"/*.patch | while read -r file; do
	[ -e "$pristine/$file" ] || echo "$file"
done | grep -v -F -f "$tmp/covered" >"$tmp/uncovered"
is "$(cat "$tmp/uncovered")" '' 'MAINTAINERS covers all new files'

changed_by "$series"/*.patch >"$objects.changed"
at_end restore
kernel "KCONFIG_ALLCONFIG=$objects.config" allnoconfig >"$tmp/config" 2>&1 ||
	give_up "$(cat "$tmp/config")"

symbols='-m N_MBUS_KUNIT_TEST'
for patch in "$series"/000[1-9]-*.patch; do
	name=${patch##*/}
	name=${name%%-*}
	case $name in
	0002) symbols="$symbols -m N_MBUS" ;;
	esac
	# Whole directories are in MAINTAINERS, not each file.
	run_ok "$name passes checkpatch --strict" env -C "$linux" perl \
		scripts/checkpatch.pl --strict --terse --show-types \
		--ignore FILE_PATH_CHANGES "$patch"
	run_ok "$name applies" patch -d "$linux" -p1 -s --fuzz=0 \
		--no-backup-if-mismatch -i "$patch" || break
	# shellcheck disable=SC2086 # a list of words
	"$linux/scripts/config" --file "$objects/.config" $symbols
	run_ok "$name can be configured" kernel olddefconfig
	run_ok "$name builds with W=1" kernel W=1 "$mbus/"
	is "$err" '' "$name has no warnings"
	run_ok "$name builds" kernel || break
	run_ok "$name passes KUnit" in_uml "$top/tests/kernel/kunit.uml.t"
done

headers=$objects-headers
run_ok 'its headers can be installed' make -s -C "$linux" ARCH=x86 "O=$headers" \
	headers
rm -rf "$build/series-selftests"
run_ok 'the selftests build' make -s -C "$linux/tools/testing/selftests" \
	TARGETS=drivers/mbus "O=$headers" "KHDR_INCLUDES=-isystem $headers/usr/include" \
	"INSTALL_PATH=$build/series-selftests" install
unlike "$err" '[Ww]arning:' 'without a warning'
in_uml --virtual-time "$build/series-selftests/run_kselftest.sh" \
	>"$tmp/selftests" 2>&1
sed -n 's/^\(ok\|not ok\) [0-9]* selftests: drivers.mbus: /\1 /p' "$tmp/selftests" \
	>"$tmp/results"
for test in async bounds chardev link netlink unplug; do
	grep -q "^ok $test$" "$tmp/results"
	ok $? "selftest $test" || diag "$(grep -v '#  *\(OK\|RUN\)' "$tmp/selftests" | tail -n 20)"
done

done_testing
