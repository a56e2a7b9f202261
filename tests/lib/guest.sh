# SPDX-License-Identifier: GPL-2.0-only
#
# The part of a lane inside the machine, sourced by PID 1 after the root file system is
# mounted. $lane is the directory shared with the host, see lane.sh.

guest_mounts()
{
	# What the machine finds mounted already is none of its business.
	mountpoint -q /dev || mount -t devtmpfs dev /dev
	mkdir -p /dev/pts /dev/shm
	mount -t devpts -o gid=5,mode=620,ptmxmode=666 devpts /dev/pts
	mount -t tmpfs shm /dev/shm
	mountpoint -q /sys || mount -t sysfs sysfs /sys
	mount -t debugfs debugfs /sys/kernel/debug
	ln -sf /proc/self/fd /dev/fd
	ln -sf fd/0 /dev/stdin
	ln -sf fd/1 /dev/stdout
	ln -sf fd/2 /dev/stderr
	ip link set lo up 2>/dev/null || busybox ifconfig lo up
	hostname mbus-lane 2>/dev/null || busybox hostname mbus-lane
}

# End of the boot in the kernel log: scan-kernel-log ignores known splats only
# before this line.
guest_booted()
{
	echo 'lane: booted' >/dev/kmsg
}

# guest_reap PID...: ends every process except this one, kernel threads and those.
guest_reap()
{
	for dir in /proc/[0-9]*; do
		p=${dir#/proc/}
		case " 1 $* " in *" $p "*) continue ;; esac
		# A kernel thread has no executable.
		[ -e "$dir/exe" ] || continue
		kill -KILL "$p" 2>/dev/null
	done
}

# guest_end STATUS: pass it to the host and switch off.
guest_end()
{
	echo "$1" >/run/lane/status.new
	sync -f /run/lane/status.new 2>/dev/null || sync
	mv /run/lane/status.new /run/lane/status
	exec busybox poweroff -f
}
