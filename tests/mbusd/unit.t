#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Checks of the units by systemd without running them; see systemd.vm.t.
. "$(dirname "$0")/../lib/tap.sh"

command -v systemd-analyze >/dev/null || skip_all 'no systemd-analyze'

# systemd-analyze looks for the programs of the units.
mkdir "$tmp/sbin" "$tmp/bin"
ln -s "$build/mbusd" "$tmp/sbin/mbusd"
ln -s "$build/mbusctl" "$tmp/bin/mbusctl"
run_ok 'the units are installed' make -s -C "$top" install-system DESTDIR="$tmp/root" \
	UNITDIR=/units PREFIX="$tmp"
run systemd-analyze verify --man=no "$tmp/root/units/mbusd.service" \
	"$tmp/root/units/mbus-attach@ttyACM2.service"
is "$status $out$err" '0 ' 'systemd-analyze finds no error'
# Exposure of 2.1 of 10, as the service is not root and has few permissions.
run systemd-analyze security --no-pager --offline=true --threshold=22 \
	"$tmp/root/units/mbusd.service"
is $status 0 'the service has no permission that it does not need' || diag "$out"
# 1.6: root, for the port, with one capability.
run systemd-analyze security --no-pager --offline=true --threshold=17 \
	"$tmp/root/units/mbus-attach@ttyACM2.service"
is $status 0 'attaching has no permission that it does not need' || diag "$out"

done_testing
