#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# mbusd.service as it is installed, under a systemd that runs as PID 1 of a
# namespace of its own: of a boot it does what the service takes, no more.
. "$(dirname "$0")/../mbusctl/lane.sh"

adapter=$top/tests/vm/adapter
scenario=$top/userspace/mbus-sim/scenarios/reference-site-2.ini
units=/etc/systemd/system
[ -x /lib/systemd/systemd ] || skip_all 'no systemd'
[ -e /dev/ttyACM0 ] || "$adapter" || give_up 'no adapter'

# systemd: without what a whole machine would bring up; $systemd is it.
boot()
{
	for folder in system-generators system/sysinit.target.wants \
		system/sockets.target.wants system/timers.target.wants; do
		mount -t tmpfs none "/lib/systemd/$folder"
	done
	rm -rf "$units"/*.wants
	: >/etc/fstab
	cat >"$units/lane.target" <<-END
	[Unit]
	DefaultDependencies=no
	Wants=systemd-journald.service
	END
	# Neither unshare nor systemd ends by a mere SIGTERM.
	# shellcheck disable=SC2016
	background sh -c 'unshare --pid --mount --cgroup --fork --kill-child sh -c "
			mount -t proc proc /proc &&
			mount -t cgroup2 cgroup2 /sys/fs/cgroup &&
			exec env container=lane /lib/systemd/systemd --system \
				--unit=lane.target" &
		trap "kill -KILL $!" TERM
		echo $!
		wait' >"$tmp/systemd" 2>&1
	wait_for_file /run/systemd/private || give_up "$(cat "$tmp/systemd")"
	read -r systemd <"$tmp/systemd"
	read -r systemd <"/proc/$systemd/task/$systemd/children"
}

# Whom systemd does not see it does not talk to.
inside()
{
	nsenter -t "$systemd" -m -p -C "$@"
}

state()
{
	inside systemctl show -P "$1" mbusd
}

journal()
{
	: >"$tmp/journal"
	background inside journalctl -q -f -n 99 -o cat -u mbusd >>"$tmp/journal"
}

wire()
{
	background "$build/mbus-sim" --tty /dev/ttyGS2 "$scenario" \
		>"$tmp/sim.out" 2>&1
	sim=$pid
}

db()
{
	sqlite3 /var/lib/mbusd/readings.db "$1"
}

# read_all ID: until all three meters have a readout behind that one.
read_all()
{
	until [ "$(db "SELECT count(DISTINCT meter) FROM readout
		WHERE outcome = 'read' AND id > $1")" = 3 ]; do
		tap_watch /var/lib/mbusd
	done
}

# As Documentation/installing.md says.
make -s -C "$top/userspace" install && make -s -C "$top" install-system &&
	systemd-sysusers 2>"$tmp/sysusers" && udevadm control --reload &&
	install -d /etc/mbus && cat >"$tmp/mbusd.conf" <<END &&
[mbusd]
site = heating
schedule = 5s
[bus heating]
usb = 1a86:55d5
port = 2
[meter hyd-47]
address = 31892747.HYD.28.04
[meter kamstrup-10]
address = 10
END
	install -m 640 -g mbusd "$tmp/mbusd.conf" /etc/mbus/
ok $? 'it is installed' || give_up "$(cat "$tmp/sysusers")"

# A watchdog with a short timeout.
mkdir "$units/mbusd.service.d"
printf '[Service]\nWatchdogSec=12\nRestartSec=1\n' >"$units/mbusd.service.d/test.conf"
boot
wire
run inside systemctl start mbusd
is "$status $(state ActiveState) $(state StatusText)" '0 active running' \
	'it starts and notifies that it is ready'
journal
main=$(state MainPID)
is "$(inside stat -c %U "/proc/$main")" mbusd 'it runs as a user of its own'
wait_for_line "$tmp/journal" 'bus heating is mbus0 on ttyACM2'
ok $? 'which is allowed to attach the bus' || give_up "$(cat "$tmp/journal")"
is "$(stat -c '%U %a' /run/mbusd/api.sock /var/lib/mbusd | tr '\n' ' ')" \
	'mbusd 600 mbusd 750 ' 'socket and store are where they belong'

cp /etc/mbus/mbusd.conf "$tmp/good.conf"
echo 'colour = red' >>/etc/mbus/mbusd.conf
run inside systemctl reload mbusd
isnt $status 0 'systemctl reload fails for an invalid configuration'
is "$(state MainPID) $(state ActiveState)" "$main active" 'and the daemon continues'
cat "$tmp/good.conf" >/etc/mbus/mbusd.conf
printf '[meter kamstrup-12]\naddress = 12\n' >>/etc/mbus/mbusd.conf
run_ok 'a valid configuration is reloaded' inside systemctl reload mbusd
wait_for_line "$tmp/journal" 'mbusd.conf is in use now'
ok $? 'and used'
is "$(state MainPID)" "$main" 'by the running daemon'
read_all 0
is "$(db "SELECT count(*) FROM readout WHERE outcome <> 'read'")" 0 \
	'all meters are read'

"$adapter" unplug
wait_for_line "$tmp/journal" 'bus heating: (unplugged|no adapter 1a86:55d5)'
ok $? 'unplugging is logged'
stop "$sim"
: >"$tmp/journal"
wire
"$adapter" plug
wait_for_line "$tmp/journal" 'bus heating is mbus0 on ttyACM2'
ok $? 'after plugging in, the bus is back' || give_up "$(cat "$tmp/journal")"

: >"$tmp/journal"
last=$(db 'SELECT max(id) FROM readout')
inside kill -STOP "$main"
wait_for_line "$tmp/journal" 'Watchdog timeout'
ok $? 'the watchdog notices that it hangs'
wait_for_line "$tmp/journal" 'bus heating is mbus0 on ttyACM2'
ok $? 'systemd starts it again, and it attaches the bus'
isnt "$(state MainPID)" "$main" 'it is a new process'
read_all "$last"
ok $? 'which reads all meters'

: >"$tmp/journal"
run_ok 'it is stopped' inside systemctl stop mbusd
is "$(state Result) $(state ExecMainStatus)" 'success 0' 'without error'
wait_for_line "$tmp/journal" '^ended$'
is "$(ls -d /dev/mbus0 /run/mbusd 2>/dev/null)" '' 'the bus and the socket are gone'
is "$(db 'PRAGMA integrity_check')" ok 'the store is intact'

# The same port without mbusd.
run_ok 'mbus-attach@ starts' inside systemctl start mbus-attach@ttyACM2
wait_for_file /dev/mbus0
run "$mbusctl" -b mbus0 read 10 --direct --format csv
is $status 0 'its bus can be read' || diag "$out$err"
run_ok 'mbus-attach@ is stopped' inside systemctl stop mbus-attach@ttyACM2
is "$(inside systemctl show -P Result mbus-attach@ttyACM2) $(ls /dev/mbus0 2>/dev/null)" \
	'success ' 'and its bus with it'

echo 'colour = red' >>/etc/mbus/mbusd.conf
run inside systemctl start mbusd
is "$((status != 0)) $(state ActiveState) $(state Result)" '1 failed exit-code' \
	'with an invalid configuration it does not start and is not restarted'
wait_for_line "$tmp/journal" 'mbusd.conf:[0-9]+: .*colour'
ok $? 'the journal has the reason'

done_testing
