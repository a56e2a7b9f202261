# SPDX-License-Identifier: GPL-2.0-only
#
# Root directories of other architectures: the libraries and headers that the
# programs are cross-built with, and what tests in a virtual machine need. The
# packages are only unpacked, as none of their scripts could run here. Sourced by
# tests/lanes.

# Beside the -dev packages that tests/install-packages names.
root_packages='
	base-files base-passwd bash busybox-static coreutils dash diffutils findutils
	grep hostname inotify-tools jq kmod libc6-dev libubsan1 mawk mount perl-base
	procps python3 sed udev util-linux xxd
'

# make_root ARCHITECTURE: in $lanes/roots/ARCHITECTURE.
make_root()
{
	use_architecture "$1" || die "no architecture '$1'"
	root=$lanes/roots/$1
	suites "root-$1" bookworm
	packages="$root_packages $(grep -o 'lib[a-z0-9+.-]*-dev' "$top/tests/install-packages")"
	! { unchanged "$root/stamp" && current "$root/packages" "$packages"; } || return 0
	# shellcheck disable=SC2086 # a list of words
	stamp=$(suite_apt apt-get install -s --no-install-recommends $packages |
		sed -n 's/^Inst \([^ ]*\) (\([^ ]*\) .*/\1=\2/p' | sort)
	[ -n "$stamp" ] || die "apt finds no packages for $1, see $apt/log"
	if ! current "$root/stamp" "$stamp"; then
		echo "lanes: making a root for $1 (about a minute, once)" >&2
		rm -rf "$root"
		mkdir -p "$lanes/roots"
		# shellcheck disable=SC2086
		unpack "$root.new" $stamp
		(
			cd "$root.new"
			root_merge
			root_configure
		)
		echo "$stamp" >"$root.new/stamp"
		mv "$root.new" "$root"
	fi
	echo "$packages" >"$root/packages"
	seen "$root/stamp"
}

# In the current directory: /bin, /sbin and /lib become links into /usr, and absolute
# links relative, so that compilers find their targets below this directory.
root_merge()
{
	for dir in bin sbin lib; do
		[ ! -h $dir ] || continue
		cp -a $dir/. usr/$dir/
		rm -r $dir
		ln -s usr/$dir $dir
	done
	find . -type l -lname '/*' | while read -r link; do
		ln -snfr "./$(readlink "$link")" "$link"
	done
}

# What the scripts of the packages would do and tests need.
root_configure()
{
	cp usr/share/base-passwd/passwd.master etc/passwd
	cp usr/share/base-passwd/group.master etc/group
	ln -sf mawk usr/bin/awk
	mkdir -p dev proc run sys tmp
}
