#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# mbusctl doctor on made-up machines: each fault has its code and its remedy.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl
root=$tmp/root
release=6.1.0-49-amd64
hub=$root/sys/devices/pci0000:00/usb1
adapter=$hub/1-2

# put PATH TEXT: a file below the root
put()
{
	mkdir -p "$(dirname "$root$1")"
	printf '%s\n' "$2" >"$root$1"
}

# link PATH TARGET: a symbolic link below the root, as sysfs has them
link()
{
	mkdir -p "$(dirname "$root$1")"
	ln -sfn "$2" "$root$1"
}

# A machine on which all is well: the module is installed, a WCH quad adapter
# is plugged in, the clock is right.
machine()
{
	rm -rf "$root"
	put /proc/sys/kernel/osrelease $release
	put /lib/modules/$release/modules.dep "kernel/drivers/usb/class/cdc-acm.ko:
updates/dkms/mbus.ko:"
	put /lib/modules/$release/updates/dkms/mbus.ko ''
	put /lib/udev/rules.d/60-mbus.rules ''
	put /run/systemd/timesync/synchronized ''
	mkdir -p "$adapter/1-2:1.4" "$root/sys/bus/usb/devices" "$root/sys/class/tty"
	echo 1d6b >"$hub/idVendor"
	echo 1a86 >"$adapter/idVendor"
	echo 55d5 >"$adapter/idProduct"
	link /sys/bus/usb/devices/1-2 "$adapter"
	put /sys/bus/usb/drivers/cdc_acm/module ''
	ln -s "$root/sys/bus/usb/drivers/cdc_acm" "$adapter/1-2:1.4/driver"
	mkdir -p "$adapter/1-2:1.4/tty/ttyACM2"
	ln -s ../.. "$adapter/1-2:1.4/tty/ttyACM2/device"
	echo 166:2 >"$adapter/1-2:1.4/tty/ttyACM2/dev"
	link /sys/class/tty/ttyACM2 "$adapter/1-2:1.4/tty/ttyACM2"
	mkdir -p "$root/sys/class/tty/console"
}

# modinfo as the real one answers for a module with that signer.
mkdir "$tmp/bin"
cat >"$tmp/bin/modinfo" <<'END'
#!/bin/sh
[ "$1 $2" = '-F signer' ] && [ -e "$3" ] || exit 1
cat "$MODINFO_SIGNER" 2>/dev/null || :
END
chmod +x "$tmp/bin/modinfo"
PATH=$tmp/bin:$PATH
MODINFO_SIGNER=$tmp/signer
export MODINFO_SIGNER

doctor()
{
	run "$mbusctl" doctor --root "$root" --json
}

# codes: those of this level or worse, sorted
codes()
{
	printf '%s\n' "$out" | jq -r "select(.level as \$l |
		[$1] | index(\$l)) | .code" | sort | tr '\n' ' '
}

# remedy CODE
remedy()
{
	printf '%s\n' "$out" | jq -r "select(.code == \"$1\") | .remedy"
}

# finds CODE REMEDY NAME: this is the only warning or fault
finds()
{
	doctor
	is "$status $(codes '"warning","fault"')" "12 $1 " "$3"
	like "$(remedy "$1")" "$2" '... with a remedy'
}

machine
doctor
is "$status $(codes '"note","warning","fault"')" '0 ' 'a machine without problems'
is "$(printf '%s\n' "$out" | jq -r 'select(.code == "port") | "\(.subject) \(.text)"')" \
	'ttyACM2 cdc_acm, 1a86:55d5' 'its port is the only one'
run "$mbusctl" doctor --root "$root"
like "$out" '^ok +module mbus: installed for this kernel; attaching a tty loads it$' \
	'as text there is a line for each finding'

# --- the module

rm "$root/lib/modules/$release/modules.dep"
finds module-missing "apt install linux-headers-$release; then the package mbus-dkms" \
	'a missing module without headers'
mkdir -p "$root/lib/modules/$release/build"
finds module-missing 'the package mbus-dkms' 'a missing module with headers'
mkdir -p "$root/var/lib/dkms/linux-mbus/0.2.0"
finds module-missing 'dkms autoinstall' 'a module that DKMS has not built'
mkdir -p "$root/sys/module/mbus"
finds module-not-installed 'dkms-install' 'a module loaded by hand'

machine
put /proc/sys/dev/tty/ldisc_autoload 0
finds module-autoload '/etc/modules-load.d/mbus.conf' 'a kernel that loads no line discipline'
put /etc/modules-load.d/mbus.conf mbus
doctor
is "$status" 0 'which is no finding if the module is loaded at boot'

machine
secure=sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c
mkdir -p "$root/${secure%/*}"
printf '\006\0\0\0\0' >"$root/$secure"
doctor
is "$status" 0 'with Secure Boot off, no signature is needed'
printf '\006\0\0\0\001' >"$root/$secure"
finds module-unsigned 'mokutil --import /var/lib/dkms/mok.pub' \
	'Secure Boot and a module without a signature'
echo 'DKMS module signing key' >"$MODINFO_SIGNER"
doctor
is "$status $(codes '"note"')" '0 module-signature ' 'a signed module is a note'
rm "$MODINFO_SIGNER" "$root/$secure"
put /sys/kernel/security/lockdown 'none [integrity] confidentiality'
finds module-unsigned 'mokutil' 'a locked-down kernel'
put /sys/kernel/security/lockdown '[none] integrity confidentiality'
doctor
is "$status" 0 'a kernel that is not locked down'

# --- adapters and programs that use them

machine
rm "$root/sys/class/tty/ttyACM2"
finds no-port '--tcp HOST:PORT' 'no serial port at all'

machine
put /proc/812/comm ModemManager
finds modemmanager 'idVendor\}=="1a86".*"55d5".*ID_MM_DEVICE_IGNORE' 'ModemManager'
put /run/udev/data/c166:2 'E:ID_MM_DEVICE_IGNORE=1'
doctor
is "$status" 0 'which is no finding if it ignores the adapter'

machine
put /lib/udev/rules.d/85-brltty.rules '# ENV{PRODUCT}=="1a86/55d5/*", ENV{BRLTTY_BRAILLE_DRIVER}="al"'
doctor
is "$status" 0 'a commented-out rule of brltty is no finding'
put /lib/udev/rules.d/85-brltty.rules 'ENV{PRODUCT}=="1a86/55d5/*", ENV{BRLTTY_BRAILLE_DRIVER}="al"'
finds brltty 'apt remove brltty' 'a rule of brltty for the adapter'
echo 0403 >"$adapter/idVendor"
echo 6001 >"$adapter/idProduct"
put /lib/udev/rules.d/85-brltty.rules 'ENV{PRODUCT}=="403/6001/*", ENV{BRLTTY_BRAILLE_DRIVER}="at"'
finds brltty 'mask brltty' 'a rule for an ID with a leading zero'

machine
mkdir "$adapter/power"
echo on >"$adapter/power/control"
doctor
is "$status" 0 'an adapter that is never suspended is no finding'
echo auto >"$adapter/power/control"
finds autosuspend 'power/control' 'an adapter that may be suspended'

machine
put /sys/bus/usb-serial/devices/ttyACM2/latency_timer 16
doctor
is "$status $(codes '"note"')" '0 latency-timer ' 'an adapter that collects bytes is a note'
put /sys/bus/usb-serial/devices/ttyACM2/latency_timer 1
doctor
is "$(codes '"note"')" '' 'an adapter that does not is no note'

machine
rm "$root/lib/udev/rules.d/60-mbus.rules"
finds udev-rule-missing 'install-system' 'no udev rule'

# Permissions, which do not apply to root.
if [ "$(id -u)" = 0 ]; then
	machine
	mkdir -p "$root/dev"
	: >"$root/dev/ttyACM2"
	chmod 755 "$tmp" "$root"
	chgrp dialout "$root/dev/ttyACM2"
	chmod 660 "$root/dev/ttyACM2"
	doctor
	is "$status" 0 'root may use every port'
	as_nobody()
	{
		run setpriv --reuid 65534 --regid 65534 --clear-groups \
			"$mbusctl" doctor --root "$root" --json
	}
	as_nobody
	is "$status $(codes '"warning","fault"')" '12 no-permission ' 'another user may not'
	is "$(remedy no-permission)" \
		'sudo usermod -aG dialout nobody, then log in again' '... until in the group'
	chmod 600 "$root/dev/ttyACM2"
	as_nobody
	like "$(remedy no-permission)" 'udev rule' 'a port without a group'
	chgrp nogroup "$root/dev/ttyACM2"
	chmod 660 "$root/dev/ttyACM2"
	run setpriv --reuid 65534 --regid 1 --clear-groups \
		"$mbusctl" doctor --root "$root" --json
	is "$(remedy no-permission)" 'log in again' 'a session older than the membership'
else
	skip 'permissions' 'needs root'
fi

# --- the clock

machine
rm "$root/run/systemd/timesync/synchronized"
finds clock-not-synchronised 'systemd-timesyncd' 'a clock that is not synchronised'
put /etc/ld.so.cache ''
touch -d '+2 days' "$root/etc/ld.so.cache"
finds clock-behind 'timedatectl' 'a clock that is earlier than files'

# --- names that a device reports

machine
printf '1a\033[2J\n' >"$adapter/idVendor"
run "$mbusctl" doctor --root "$root"
unlike "$out" "$(printf '\033')" 'control characters do not reach the terminal'

# --- the report

cat >"$tmp/mbusd.conf" <<END
; my own notes
[mbusd]
site = smith
schedule = 15m
[bus north]
usb = 1a86:55d5
[meter house-1]
address = 31892741
key = 000102030405060708090A0B0C0D0E0F
label.street = Am Bach 1,
  Frau Schmidt
[output hook]
type = webhook
url = https://hooks.example/T0/SECRETPATH
token-file = /etc/mbus/token
[output broker]
type = mqtt
url = mqtt://me:SECRETWORD@broker
user = smith
END
mkdir "$tmp/conf.d"
printf '[output second]\ntype = mqtt\nurl = mqtts://broker.example:8883\n' >"$tmp/conf.d/second.conf"
run "$mbusctl" doctor --config "$tmp/mbusd.conf" --report "$tmp/report.tar.gz" --seconds 0
like "$err" 'report.tar.gz written; it contains numbers and readings' 'a report is written'
is "$(stat -c %a "$tmp/report.tar.gz")" 600 'readable by its owner only'
mkdir "$tmp/packed"
tar -xzf "$tmp/report.tar.gz" -C "$tmp/packed"
is "$(cd "$tmp/packed" && ls mbus-report)" 'doctor.json
doctor.txt
kernel.log
mbusd.conf
mbusd.log
ports.json
status.json
versions.txt' 'with all its files'
conf=$(cat "$tmp/packed/mbus-report/mbusd.conf")
like "$conf" '^address = 31892741$' 'the configuration is in it'
like "$conf" '^url = https://hooks.example/\(left out\)$' 'a URL is shortened to its host'
like "$conf" '^url = mqtts://broker.example:8883$' 'conf.d is in it'
unlike "$conf" 'SECRET|0A0B0C|Schmidt|Bach|smith|own notes' 'secrets and names of persons are not'
is "$(jq -r .code <"$tmp/packed/mbus-report/doctor.json" | grep -c '^version$')" 1 \
	'the findings are in it'
run "$mbusctl" doctor --config "$tmp/none" --report /nosuch/report.tar.gz --seconds 0
is "$status" 1 'a report that cannot be written is an error'
ls -d /tmp/mbus-report.* >"$tmp/left" 2>/dev/null
is "$(cat "$tmp/left")" '' 'no folder is left behind'

run_is 2 'an unknown argument' "$mbusctl" doctor now
run_is 2 '--seconds without a number' "$mbusctl" doctor --report x --seconds 1h

done_testing
