#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What systemd says of the units without running them; see systemd.vm.t.
. "$(dirname "$0")/../lib/tap.sh"

command -v systemd-analyze >/dev/null || skip_all 'no systemd-analyze'

# Programs are looked for where the units say they are.
mkdir "$tmp/sbin" "$tmp/bin"
ln -s "$build/mbusd" "$tmp/sbin/mbusd"
ln -s "$build/mbusctl" "$tmp/bin/mbusctl"
run_ok 'they are installed' make -s -C "$top" install-system DESTDIR="$tmp/root" \
	UNITDIR=/units PREFIX="$tmp"
run systemd-analyze verify --man=no "$tmp/root/units/mbusd.service" \
	"$tmp/root/units/mbus-attach@ttyACM2.service"
is "$status $out$err" '0 ' 'nothing is wrong with them'
# 2.1 of 10: it is not root and may little but what a daemon for a tty has to.
run systemd-analyze security --no-pager --offline=true --threshold=22 \
	"$tmp/root/units/mbusd.service"
is $status 0 'the service may nothing that it needs not' || diag "$out"

done_testing
