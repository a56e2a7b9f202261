#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The library as it is installed: what programs find and what they cannot see.
. "$(dirname "$0")/../lib/tap.sh"

library=$build/libmeterbus.so.0

# --- the shared library

like "$(readelf -d "$library")" 'SONAME.*\[libmeterbus\.so\.0\]' 'its soname has the ABI number'

# Functions are declared at the start of a line, or after their type on it.
cat "$top"/include/meterbus/*.h | sed 's,/\*.*\*/,,' |
	grep -Eo '^[a-z].*|^meterbus_[a-z0-9_]*\(.*' | grep -v '^#' |
	grep -Eo '(^|[ *])meterbus_[a-z0-9_]+\(' | tr -d ' *(' | sort -u >"$tmp/declared"
nm -D --defined-only "$library" |
	sed -n 's/.* T \([a-z0-9_]*\)@@LIBMETERBUS_0$/\1/p' | sort >"$tmp/exported"
is "$(comm -23 "$tmp/declared" "$tmp/exported")" '' 'all that is declared is exported'
is "$(comm -13 "$tmp/declared" "$tmp/exported")" '' 'all that is exported is declared'
is "$(nm -D --defined-only "$library" | grep -v -e '@@LIBMETERBUS_0$' -e ' A LIBMETERBUS_0$')" '' \
	'nothing without a version'
[ "$(wc -l <"$tmp/exported")" -gt 50 ]
ok $? 'there is something to compare' || diag "$(cat "$tmp/exported")"
is "$(nm -D --undefined-only "$library" | grep -E ' (printf|puts|putchar|exit|abort|stdout|stderr|syslog)(@|$)')" '' \
	'it prints nothing and ends no program'
# Two that other libraries take without const, and the compiler's own.
is "$(objdump -t -j .data -j .bss "$library" | grep ' O ' |
	grep -vE ' (cipher|policy|completed)\.[0-9]+$| __(dso_handle|TMC_END__)$')" \
	'' 'it has no variables'
text=$(size "$library" | awk 'NR == 2 { print $1 }')
[ "$text" -lt 229376 ]
ok $? 'its text is smaller than 224 KiB' || diag "$text bytes"

# --- installed

run_ok 'make install' make -s -C "$top/userspace" install BUILD="$build" \
	PREFIX=/usr DESTDIR="$tmp/root"
for file in bin/mbusctl lib/libmeterbus.so.0 lib/libmeterbus.so \
	lib/pkgconfig/libmeterbus.pc include/meterbus/decode.h \
	share/man/man8/mbusctl.8; do
	[ -e "$tmp/root/usr/$file" ]
	ok $? "$file"
done
run_ok 'the program runs' "$tmp/root/usr/bin/mbusctl" --version

PKG_CONFIG_LIBDIR=$tmp/root/usr/lib/pkgconfig:$(pkg-config --variable pc_path pkg-config)
PKG_CONFIG_SYSROOT_DIR=
export PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
# shellcheck disable=SC2046 # lists of words
run_ok 'the example builds with what pkg-config says' \
	cc -Wall -Wextra -Werror -o "$tmp/example" "$top/Documentation/example-decode.c" \
	$(pkg-config --define-variable=prefix="$tmp/root/usr" \
		--define-variable=libdir="$tmp/root/usr/lib" \
		--define-variable=includedir="$tmp/root/usr/include" \
		--cflags --libs libmeterbus)
run_ok 'it runs' env LD_LIBRARY_PATH="$tmp/root/usr/lib" "$tmp/example"
is "$out" 'fabrication number: 182007 
volume: 269 m³' 'and decodes'

for header in "$tmp"/root/usr/include/meterbus/*.h; do
	printf '#include <meterbus/%s>\nint main(void) { return 0; }\n' \
		"$(basename "$header")" >"$tmp/alone.c"
	# shellcheck disable=SC2046
	run cc -std=c11 -Wall -Wextra -pedantic -Werror -c -o /dev/null \
		-I"$tmp/root/usr/include" $(pkg-config --cflags json-c) "$tmp/alone.c"
	is "$status$err" 0 "$(basename "$header") stands alone, in C11"
done

done_testing
