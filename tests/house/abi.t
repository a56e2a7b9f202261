#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The interface of the libraries is that of the last release, and the check
# detects changes that would break a program.
. "$(dirname "$0")/../lib/tap.sh"

check=$top/tests/house/check-abi
dumps=$top/userspace/libmeterbus/abi

run_ok 'the interface of the libraries is that of the last release' \
	"$check" "$build" "$dumps"
is "$out$err" '' 'nothing is reported'
[ -f "$build/libmeterbus.so.0" ]
ok $? 'there are libraries to check'

# broken NAME LIBRARY SED REGEX: a release that differs by SED; REGEX is found in the
# report.
broken()
{
	rm -rf "$tmp/dumps"
	cp -r "$dumps" "$tmp/dumps"
	sed -i "$3" "$tmp/dumps/$2.abi"
	! cmp -s "$tmp/dumps/$2.abi" "$dumps/$2.abi"
	ok $? "planted: $1"
	run "$check" "$build" "$tmp/dumps"
	isnt "$status" 0 "$1 is found"
	like "$out" "$4" 'with its name'
}

broken 'a function is missing' libmeterbus-bus \
	's/meterbus_bus_number/meterbus_bus_digits/g' 'meterbus_bus_digits'
broken 'a member has another type' libmeterbus \
	"s/var-decl name='guard_us' type-id='[^']*'/var-decl name='guard_us' type-id='$(sed -n \
		"s/.*type-decl name='unsigned char'.* id='\([^']*\)'.*/\1/p" \
		"$dumps/libmeterbus.abi")'/" 'meterbus_exchange'
broken 'a constant has another value' libmeterbus \
	"/enumerator name='METERBUS_E_SILENCE'/s/value='[0-9]*'/value='70'/" 'METERBUS_E_SILENCE'
broken 'another soname' libmeterbus-format \
	's/libmeterbus-format.so.0/libmeterbus-format.so.1/' 'SONAME'

# A function that the last release did not have.
rm -rf "$tmp/dumps"
cp -r "$dumps" "$tmp/dumps"
sed -i "/<elf-symbol name='meterbus_bus_tty'/d" "$tmp/dumps/libmeterbus-bus.abi"
run "$check" "$build" "$tmp/dumps"
unlike "$out" 'meterbus_bus_tty' 'a new function breaks nothing'

done_testing
