#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# A source file that is deleted is forgotten: what was linked with it is linked
# anew, without it.
. "$(dirname "$0")/../lib/tap.sh"

# A small tree with the project's Makefiles, whose compiler and archiver write
# down what they are given.
tree=$tmp/tree
mkdir -p "$tree/tests/lib" "$tree/tests/kernel/stress" "$tree/kernel" \
	"$tmp/bin" "$tree/userspace/libmeterbus" "$tree/include"
cp "$top/userspace/Makefile" "$tree/userspace"
cp "$top/userspace"/libmeterbus/*.map "$top/userspace/libmeterbus/libmeterbus.pc.in" \
	"$tree/userspace/libmeterbus"
cp "$top/tests/Makefile" "$tree/tests"
cp "$top/kernel/pure.mk" "$tree/kernel"
cp -r "$top/include/meterbus" "$tree/include"
for room in common libmeterbus/base libmeterbus/config libmeterbus/format mbus-sim; do
	mkdir -p "$tree/userspace/$room"
	touch "$tree/userspace/$room/kept.c"
done
: >"$tree/tests/kernel/pty_bus.h"
touch "$tree/tests/kernel/stress/kept.c"
cat >"$tmp/bin/note" <<'END'
#!/bin/sh
while [ $# -gt 0 ]; do
	case $1 in
	-o) echo "$2" >>"$NOTES"; touch "$2"; shift ;;
	*.a) touch "$1" ;;
	*.o | *.c) echo "  $1" >>"$NOTES" ;;
	esac
	shift
done
END
chmod +x "$tmp/bin/note"
NOTES=$tmp/notes
export NOTES

# made FOLDER TARGET: what the compiler was given for it
made()
{
	: >"$NOTES"
	run make -s -C "$tree/$1" BUILD="$tmp/build" MBUS_LANES="$tmp" CC="$tmp/bin/note" \
		AR="$tmp/bin/note" OBJCOPY=true "$tmp/build/$2"
	[ "$status" = 0 ] || diag "$out$err"
	cat "$NOTES"
}

# forgets FOLDER TARGET SOURCE
forgets()
{
	made "$1" "$2" >/dev/null
	touch "$tree/$3/hello.c"
	like "$(made "$1" "$2")" 'hello' "$2 has a new file of $3"
	rm "$tree/$3/hello.c"
	made "$1" "$2" >"$tmp/made"
	like "$(cat "$tmp/made")" 'kept' '... is made anew without it'
	unlike "$(cat "$tmp/made")" 'hello' '... and it is forgotten'
}

forgets userspace obj/libmeterbus.o userspace/libmeterbus/base
forgets userspace obj/libmeterbus-bus.o userspace/libmeterbus/config
forgets userspace obj/libmeterbus-bus.o userspace/common
forgets userspace mbus-sim userspace/mbus-sim
forgets userspace mbus-sim userspace/common
forgets tests tests/obj/libmeterbus.a userspace/libmeterbus/format
forgets tests tests/obj/libmeterbus.a userspace/common
forgets tests tests/kernel/stress tests/kernel/stress

done_testing
