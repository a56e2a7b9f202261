# SPDX-License-Identifier: GPL-2.0-only
#
# The architectures that tests run on. Sourced by tests/cross, tests/lanes and tests/vm/run.

# Debian's name, the GNU triplet, QEMU's name, its machine, its processor, the
# console, and the bus of its virtio devices. The 32-bit kernel has no LPAE.
architecture_table='
amd64	x86_64-linux-gnu	x86_64	pc			max		ttyS0		pci
arm64	aarch64-linux-gnu	aarch64	virt			cortex-a72	ttyAMA0		pci
armhf	arm-linux-gnueabihf	arm	virt,highmem=off	cortex-a15	ttyAMA0		pci
s390x	s390x-linux-gnu		s390x	s390-ccw-virtio		max		ttysclp0	ccw
'

host_architecture=$(dpkg --print-architecture)

# use_architecture NAME: sets $architecture, $triplet, $qemu, $machine_type, $processor,
# $console and $virtio; fails if there is no such architecture.
use_architecture()
{
	row=$(echo "$architecture_table" | awk -v "name=$1" '$1 == name')
	[ -n "$row" ] || return 1
	# shellcheck disable=SC2086 # the row's words
	set -- $row
	# shellcheck disable=SC2034 # used by those who source this
	architecture=$1 triplet=$2 qemu=$3 machine_type=$4 processor=$5 console=$6 virtio=$7
}
