#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The lifetime of a bus: attach, hold, every way to end.
. "$(dirname "$0")/lane.sh"

simulate single
before=$(stty -F "$pty" -g)

# Foreground, and the ways it ends.
for signal in TERM INT HUP; do
	hold "$pty"
	is "$(cat "$tmp/hold.out")" mbus0 "attach prints the bus's name"
	[ -c /dev/mbus0 ]
	ok $? 'when the name is printed the device exists'
	kill -$signal "$holder"
	ended "$holder"
	is "$status $(cat "$tmp/hold.err")" '0 ' "SIG$signal ends it without a word"
	[ ! -e /dev/mbus0 ]
	ok $? "after SIG$signal the device is gone"
	is "$(stty -F "$pty" -g)" "$before" \
		"after SIG$signal the tty has its old settings"
done

hold "$pty"
like "$(stty -F "$pty" speed)" '^2400$' 'the tty runs at 2400 baud'
one_line 11 'pts/.* carries mbus0 already; detach it with: mbusctl detach mbus0' \
	'attaching twice' "$mbusctl" attach "$pty"
is "$(cat /sys/class/mbus/mbus0/tty)" "${pty#/dev/}" \
	'the first attachment is untouched by the second'
# TIOCGEXCL
is "$(perl -e 'open my $tty, "+<", $ARGV[0] or die "$!\n"; my $on = pack "i", 0;
	ioctl $tty, 0x80045440, $on or die "$!\n"; print unpack "i", $on' "$pty")" \
	1 'and the tty is still locked for others'
run_ok 'detach the only bus' "$mbusctl" detach
ended "$holder"
is "$status" 0 'detach ends the holder'
[ ! -e /dev/mbus0 ]
ok $? 'when detach returns the bus is gone'
one_line 3 'no M-Bus is attached' 'detach without a bus' "$mbusctl" detach

# In the background; the shell waits for the end of its output.
bus=$("$mbusctl" attach --background --guard 80 --echo off "$pty")
is "$? $bus" '0 mbus0' '--background prints the name, ends its output, returns'
run_ok 'the bus can be used at once' "$mbusctl" send 1040054516
is "$out" 'ack: E5' 'and answers'
run_ok 'status' "$mbusctl" status
like "$out" "^mbus0 on ${pty#/dev/}: 2400 baud" 'status names bus, tty and rate'
like "$out" 'guard 80\.000 ms \(set\)' '--guard has taken effect'
like "$out" 'echo: off$' '--echo has taken effect'
run_ok 'ports' "$mbusctl" ports
like "$out" "^${pty#/dev/} +pty .* mbus0$" 'ports shows the pty with its bus'
run_ok 'detach by tty' "$mbusctl" detach "$pty"
[ ! -e /dev/mbus0 ]
ok $? 'detach ends a bus in the background'

one_line 11 '.*another program has locked it' 'a tty that another program has locked' \
	flock -n "$pty" "$mbusctl" attach "$pty"
one_line 11 '.*another program has locked it' \
	'the same in the background' \
	flock -n "$pty" "$mbusctl" attach --background "$pty"

# Permissions.
one_line 4 "no permission to open $pty" 'no permission to open the tty' \
	setpriv --reuid 65534 --regid 65534 --clear-groups \
	"$mbusctl" attach "$pty"
one_line 4 'no permission to attach a bus to pts/.*CAP_NET_ADMIN' \
	'a process without CAP_NET_ADMIN' \
	setpriv --bounding-set -net_admin --inh-caps -net_admin \
	"$mbusctl" attach "$pty"
is "$(stty -F "$pty" -g)" "$before" 'a failed attach changes nothing'
hold "$pty"
one_line 4 'no permission to open /dev/mbus0' 'no permission to use the bus' \
	setpriv --reuid 65534 --regid 65534 --clear-groups "$mbusctl" send 1040FD3D16
chown root:root /dev/mbus0
chmod 600 /dev/mbus0
one_line 4 '.*which no group may use; run as root, or .* udev rule' 'a bus that only root may use' \
	setpriv --reuid 65534 --regid 65534 --clear-groups "$mbusctl" send 1040FD3D16
chown root:dialout /dev/mbus0
chmod 660 /dev/mbus0
one_line 4 '.*for root and the group dialout; become a member' 'a bus of a group' \
	setpriv --reuid 65534 --regid 65534 --clear-groups "$mbusctl" send 1040FD3D16
chgrp nogroup /dev/mbus0
one_line 4 '.*the group nogroup; this session is older' 'a session that began before the membership' \
	setpriv --reuid 65534 --regid 1 --clear-groups "$mbusctl" send 1040FD3D16

# Another program sets another line discipline, until a file is closed.
set_discipline()
{
	perl -e 'open my $tty, "+<", $ARGV[0] or die "$!\n";
		my $number = pack "i", $ARGV[1];
		ioctl $tty, 0x5423, $number or die "$!\n";
		open my $until, "<", $ARGV[2] or die "$!\n";
		<$until>' "$@"
}
taken="mbus0 is gone: another program changed the line discipline of ${pty#/dev/}, see 'fuser -v $pty'"
set_discipline "$pty" 0 /dev/null
ended "$holder"
is "$status $(cat "$tmp/hold.err")" "11 mbusctl: $taken" \
	'the holder ends when the line discipline is changed'

mkfifo "$tmp/line"
hold --wait "$pty"
background set_discipline "$pty" 0 "$tmp/line"
other=$pid
exec 9>"$tmp/line"
wait_for_line "$tmp/hold.err" .
is "$(cat "$tmp/hold.err")" "mbusctl: $taken; waiting until it closes the tty" \
	'--wait leaves the tty to it'
[ ! -e /dev/mbus0 ]
ok $? 'there is no bus meanwhile'
exec 9>&-
wait $other
wait_for_line "$tmp/hold.out" mbus0 60 2
ok $? 'and attaches the bus again when that closes it'
is "$(stty -F "$pty" speed)" 2400 'at its rate'
kill "$holder"
ended "$holder"
is "$status" 0 'until a signal'
hold "$pty"

# Killed, while another program has the tty open: the line discipline stays.
background sh -c 'exec sleep infinity <>"$1"' sh "$pty"
other=$pid
kill -KILL "$holder"
ended "$holder"
[ -c /dev/mbus0 ]
ok $? 'after a killed holder the bus lasts while the tty is open'
run_ok 'detach ends a bus without a holder' "$mbusctl" detach mbus0
[ ! -e /dev/mbus0 ]
ok $? 'the line discipline is removed'
hold "$pty"
kill -KILL "$holder"
ended "$holder"
hold "$pty"
is "$(cat "$tmp/hold.out")" mbus0 'attach takes over from a killed holder'
stop "$other"

# Unplugged.
background inotifywait -e open /dev/mbus0 >"$tmp/opened" 2>&1
opened=$pid
wait_for_line "$tmp/opened" established
background "$mbusctl" monitor >"$tmp/mon.out" 2>"$tmp/mon.err"
monitor=$pid
wait "$opened"
run_ok 'before' "$mbusctl" send 1040054516
wait_for_line "$tmp/mon.out" '== ack'
stop "$sim"
ended "$holder"
is "$status $(cat "$tmp/hold.err")" \
	"10 mbusctl: mbus0: ${pty#/dev/} was unplugged" \
	'attach ends on unplug, one line, status 10'
ended "$monitor"
is "$status $(cat "$tmp/mon.err")" '10 mbusctl: mbus0: unplugged' \
	'monitor ends on unplug, one line, status 10'

# Without the module.
simulate single
rmmod mbus
ok $? 'the module unloads'
one_line 1 'the kernel has no M-Bus line discipline; load it with: modprobe mbus' \
	'without the module' "$mbusctl" attach "$pty"
one_line 1 'the kernel has no M-Bus line discipline' \
	'without the module, in the background' \
	"$mbusctl" attach --background "$pty"

done_testing
