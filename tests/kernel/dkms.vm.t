#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# limit: 1500 s, as the compiler is emulated
#
# What `make dkms-install` and `make install-system` leave on a Debian: the
# module is found by modprobe and by the number of its line discipline, the
# device node belongs to dialout, and all of it can be taken away again.
. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl
release=$(uname -r)
headers=/usr/src/linux-headers-$release
[ -e "$headers" ] ||
	headers=${MBUS_LANES:-$top/.lanes}/kernels/${MBUS_ON:-none}$headers
[ -e "$headers" ] || skip_all "no headers of $release are installed"
command -v dkms >/dev/null || skip_all 'dkms is not installed'
adapter=$top/tests/vm/adapter
[ -e /dev/ttyACM0 ] || "$adapter" || give_up 'no adapter'

# The kernel of the lane is unpacked without its headers.
ln -sfn "$headers" "/lib/modules/$release/build"
mkdir -p /etc/udev/rules.d /etc/systemd/system
cd "$top" || exit 1

# The reason of a failed build is in a log of DKMS.
dkms_install()
{
	run_ok "$1" make dkms-install ||
		diag "$(tail -n 20 /var/lib/dkms/linux-mbus/*/build/make.log)"
}

dkms_install 'make dkms-install'
like "$(dkms status)" "^linux-mbus/[0-9.]+, $release, x86_64: installed" \
	'dkms has it installed for this kernel'
like "$(modinfo -F filename mbus)" "^/lib/modules/$release/updates/dkms/mbus.ko" \
	'modprobe would find it'
like "$(modinfo -F signer mbus)" 'DKMS' 'it is signed with the key dkms made'

run_ok 'make install-system' make install-system
like "$(cat /etc/systemd/system/mbus-attach@.service)" \
	'^ExecStart=/usr/local/bin/mbusctl attach ' 'the unit has its program'
udevadm control --reload

# No insmod, no modprobe: the kernel asks for tty-ldisc-29.
bus=$("$mbusctl" attach --background ttyACM2)
is "$? $bus" '0 mbus0' 'attach loads the module'
udevadm settle
is "$(stat -c '%G %a' /dev/mbus0)" 'dialout 660' 'the bus belongs to dialout'
is "$(readlink -f /dev/mbus/by-tty/ttyACM2)" /dev/mbus0 'and has its tty in a link'
run_ok 'detach' "$mbusctl" detach

dkms_install 'a second dkms-install replaces the first'
rmmod mbus
run_ok 'make dkms-uninstall' make dkms-uninstall
is "$(dkms status)" '' 'leaves nothing with dkms'
modinfo mbus >/dev/null 2>&1
is $? 1 'nor with modprobe'

done_testing
