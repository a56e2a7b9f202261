#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The library as it is installed: what programs find and what they cannot see.
. "$(dirname "$0")/../lib/tap.sh"

libraries='libmeterbus libmeterbus-format libmeterbus-bus'

# needed FILE...: the shared libraries that each asks for, without libc's
needed()
{
	readelf -d "$@" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p' |
		grep -v '^libc\.so' | sort -u | tr '\n' ' '
}

# Functions are declared at the start of a line, or after their type on it.
cat "$top"/include/meterbus/*.h | sed 's,/\*.*\*/,,' |
	grep -Eo '^[a-z].*|^meterbus_[a-z0-9_]*\(.*' | grep -v '^#' |
	grep -Eo '(^|[ *])meterbus_[a-z0-9_]+\(' | tr -d ' *(' | sort -u >"$tmp/declared"

# --- the shared libraries

for name in $libraries; do
	library=$build/$name.so.0
	like "$(readelf -d "$library")" "SONAME.*\\[$name\\.so\\.0\\]" \
		"$name: its soname has the ABI number"
	nm -D --defined-only "$library" |
		sed -n 's/.* T \([a-z0-9_]*\)@@LIBMETERBUS_0$/\1/p' >>"$tmp/exported"
	is "$(nm -D --defined-only "$library" |
		grep -v -e '@@LIBMETERBUS_0$' -e ' A LIBMETERBUS_' \
			-e ' meterbus_private_[a-z_]*@@LIBMETERBUS_PRIVATE$')" '' \
		"$name: nothing without a version"
	is "$(nm -D --undefined-only "$library" | grep -E ' (printf|puts|putchar|exit|abort|stdout|stderr|syslog)(@|$)')" '' \
		"$name prints nothing and ends no program"
	# Two that other libraries take without const, and the compiler's own.
	is "$(objdump -t -j .data -j .bss "$library" | grep ' O ' |
		grep -vE ' (cipher|policy|completed)\.[0-9]+$| __(dso_handle|TMC_END__)$')" \
		'' "$name has no variables"
	is "$(nm -g --defined-only "$build/$name.a" | awk 'NF == 3 { print $3 }' |
		grep -v '^meterbus_')" '' "$name.a: every other name is local"
	case $name in
	libmeterbus) most=136 ;;
	libmeterbus-format) most=76 ;;
	*) most=80 ;;
	esac
	size=$(size "$library" | awk 'NR == 2 { print $1 }')
	[ "$size" -lt $((most * 1024)) ]
	ok $? "$name: its text is smaller than $most KiB" || diag "$size bytes"
done
sort -o "$tmp/exported" "$tmp/exported"
is "$(comm -23 "$tmp/declared" "$tmp/exported")" '' 'all that is declared is exported'
is "$(comm -13 "$tmp/declared" "$tmp/exported")" '' 'all that is exported is declared'
is "$(uniq -d "$tmp/exported")" '' 'and by one library'
[ "$(wc -l <"$tmp/exported")" -gt 50 ]
ok $? 'there is something to compare' || diag "$(cat "$tmp/exported")"

is "$(needed "$build/libmeterbus.so.0")" 'libcrypto.so.3 ' \
	'what decodes needs libcrypto only'
is "$(LD_LIBRARY_PATH=$build ldd "$build/libmeterbus.so.0" |
	grep -vE '^.(linux-vdso|lib(c|crypto)\.so|/lib.*/ld-linux)')" '' \
	'and nothing by way of that'
unlike "$(needed "$build/libmeterbus-format.so.0")" 'udev|nl-|inih' \
	'formats need no udev, libnl, inih'
unlike "$(needed "$build/libmeterbus-bus.so.0")" 'json' \
	'buses need no json-c'

# A program may have any name of its own.
sed -n '/meterbus_private_/!s/.* [a-zA-Z] \([a-z]*_*[a-z_]*\)$/\1/p' <<-END | sort -u >"$tmp/inner"
	$(nm "$build"/obj/libmeterbus/*/*.o | grep ' [TDRB] ')
END
grep -v '^meterbus_' "$tmp/inner" | head -n 40 |
	sed 's/.*/int &(void) { return 1; }/' >"$tmp/names.c"
cat >>"$tmp/names.c" <<'END'
#include <meterbus/decoder.h>
int main(void)
{
	struct meterbus_telegram telegram = { .type = METERBUS_TELEGRAM_ACK };
	struct meterbus_application app;
	struct meterbus_decoder decoder = { .key = 0 };

	meterbus_decoder_parse(&decoder, &app, &telegram);
	return app.contents != METERBUS_CONTENTS_NONE;
}
END
run_ok 'a program may use the names that the library uses inside' \
	cc -w -o "$tmp/names" -I"$top/include" "$tmp/names.c" \
	"$build/libmeterbus.a" -lcrypto
run_ok 'and is none the worse' "$tmp/names"

# --- installed

run_ok 'make install' make -s -C "$top/userspace" install BUILD="$build" \
	PREFIX=/usr DESTDIR="$tmp/root"
for file in bin/mbusctl include/meterbus/decode.h \
	lib/libmeterbus.so.0 lib/libmeterbus.so lib/libmeterbus.a \
	lib/libmeterbus-format.so.0 lib/libmeterbus-bus.so.0 \
	lib/pkgconfig/libmeterbus.pc lib/pkgconfig/libmeterbus-bus.pc \
	lib/pkgconfig/libmeterbus-format.pc \
	share/man/man8/mbusctl.8; do
	[ -e "$tmp/root/usr/$file" ]
	ok $? "$file"
done
run_ok 'the program runs' "$tmp/root/usr/bin/mbusctl" --version

PKG_CONFIG_LIBDIR=$tmp/root/usr/lib/pkgconfig:$(pkg-config --variable pc_path pkg-config)
PKG_CONFIG_SYSROOT_DIR=
export PKG_CONFIG_LIBDIR PKG_CONFIG_SYSROOT_DIR
# flags LIBRARY...: what pkg-config says, for the tree as it was installed
flags()
{
	pkg-config --define-variable=prefix="$tmp/root/usr" \
		--define-variable=libdir="$tmp/root/usr/lib" \
		--define-variable=includedir="$tmp/root/usr/include" \
		--cflags --libs "$@"
}

# builds COMPILER SOURCE LIBRARY...
builds()
{
	compiler=$1
	source=$top/userspace/examples/$2
	shift 2
	# shellcheck disable=SC2046 # a list of flags
	run_ok "$(basename "$source") builds with the flags of $*" \
		"$compiler" -Wall -Wextra -Werror -o "$tmp/${source##*/}.run" "$source" \
		-Wl,-rpath-link,"$tmp/root/usr/lib" $(flags "$@")
}

LD_LIBRARY_PATH=$tmp/root/usr/lib
export LD_LIBRARY_PATH
builds cc decode.c libmeterbus
run_ok 'it runs' "$tmp/decode.c.run"
is "$out" 'volume: 269 m³' 'and decodes'
builds c++ values.cc libmeterbus
run_ok 'it runs' "$tmp/values.cc.run" \
	681B1B6808017207201800E61E35074C0000000C78072018000C16690200009616
is "$out" 'volume 269 m³' 'and C++ sees the same values'
run "$tmp/values.cc.run" 681B1B680801
is "$status $err" '1 a long frame ends after 6 of 33 bytes' \
	'an error has its text there, too'
builds cc link.c libmeterbus
run_ok 'it runs' "$tmp/link.c.run"
is "$out" '1234567824400107, 1 telegram, 2 exchanges' \
	'a meter is read on a link of the program'
for name in read scan; do
	builds cc "$name.c" libmeterbus-bus libmeterbus-format
	run "$tmp/$name.c.run" /dev/null 5
	is "$status" 1 "$name ends with 1 where there is no bus"
	like "$err" "^$name: " 'and says so'
done
unset LD_LIBRARY_PATH

for header in "$tmp"/root/usr/include/meterbus/*.h; do
	header=$(basename "$header")
	printf '#include <meterbus/%s>\nint main(void) { return 0; }\n' "$header" \
		>"$tmp/alone.c"
	cp "$tmp/alone.c" "$tmp/alone.cc"
	run cc -std=c11 -Wall -Wextra -pedantic -Werror -c -o /dev/null \
		-I"$tmp/root/usr/include" "$tmp/alone.c"
	is "$status$err" 0 "$header stands alone, in C11"
	run c++ -std=c++11 -Wall -Wextra -pedantic -Werror -c -o /dev/null \
		-I"$tmp/root/usr/include" "$tmp/alone.cc"
	is "$status$err" 0 "$header stands alone, in C++11"
done
is "$(cd "$tmp/root/usr/include/meterbus" && echo meterbus.h && sed -n 's,^#include <meterbus/\(.*\)>$,\1,p' meterbus.h)" \
	"$(cd "$top/include/meterbus" && echo meterbus.h && find . -name '*.h' ! -name meterbus.h | sed 's,^\./,,' | LC_ALL=C sort)" \
	'meterbus.h includes all others'

done_testing
