# SPDX-License-Identifier: GPL-2.0-only
#
# The supported kernels of Debian. Sourced by tests/lanes. Each is unpacked with its
# headers into $lanes/kernels/NAME; the file release there names it.

# Name, architecture, the suites it comes from, its flavour, and the suite whose
# compiler and libc its headers package needs, if not those of this system.
kernel_table='
6.1		amd64	bookworm,bookworm-security	amd64		-
6.1-rt		amd64	bookworm,bookworm-security	rt-amd64	-
6.12		amd64	bookworm-backports		amd64		-
6.12-trixie	amd64	trixie,trixie-security		amd64		trixie
7		amd64	trixie-backports		amd64		trixie
6.1-arm64	arm64	bookworm,bookworm-security	arm64		-
6.12-arm64	arm64	bookworm-backports		arm64		-
6.1-armhf	armhf	bookworm			armmp		-
6.1-s390x	s390x	bookworm			s390x		-
'

# kernel_row NAME: sets $suites, $flavour, $tools and what use_architecture() sets.
kernel_row()
{
	row=$(echo "$kernel_table" | awk -v "name=$1" '$1 == name')
	[ -n "$row" ] || die "no kernel '$1', only" \
		"$(echo "$kernel_table" | awk '{ printf "%s ", $1 }')"
	# shellcheck disable=SC2086 # the row's words
	set -- $row
	suites=$(echo "$3" | tr , ' ')
	flavour=$4
	tools=$5
	use_architecture "$2"
}

# make_kernel NAME: image, modules and headers.
make_kernel()
{
	kernel_row "$1"
	kernel=$lanes/kernels/$1
	# shellcheck disable=SC2086 # a list of words
	suites "kernel-$1" $suites
	[ "$(sed -n 1p "$kernel/stamp" 2>/dev/null)" != "$kernel" ] ||
		! unchanged "$kernel/stamp" || return 0
	packages=$(needed '^linux-(image|binary|modules|base|headers|kbuild)-[0-9]' \
		"linux-image-$flavour" "linux-headers-$flavour" |
		grep -v -e '-unsigned$')
	# The headers name their place by its path.
	# shellcheck disable=SC2086
	stamp="$kernel
$(versions $packages)"
	if current "$kernel/stamp" "$stamp"; then
		seen "$kernel/stamp"
		return
	fi
	echo "lanes: fetching" "$(echo "$stamp" |
		sed -n 's/ .*//; /^linux-headers.*'"$flavour"'$/p')" >&2
	rm -rf "$kernel"
	# shellcheck disable=SC2086
	unpack "$kernel.new" $packages
	[ "$architecture" = "$host_architecture" ] || host_kbuild "$1"
	(
		cd "$kernel.new"
		[ -e lib/modules ] || {
			mkdir -p lib
			ln -s ../usr/lib/modules lib/modules
		}
		release=$(cd lib/modules && ls)
		[ -e "lib/modules/$release/vmlinuz" ] ||
			ln "boot/vmlinuz-$release" "lib/modules/$release/vmlinuz"
		sed -i "s:/usr/src/:$kernel/usr/src/:" \
			"usr/src/linux-headers-$release/Makefile"
		depmod -b . "$release"
		echo "$release" >release
	)
	echo "$stamp" >"$kernel.new/stamp"
	seen "$kernel.new/stamp"
	mv "$kernel.new" "$kernel"
}

# host_kbuild NAME: the programs of kbuild run on this machine, so that those of a
# foreign kernel are replaced by this machine's of the same version.
host_kbuild()
{
	(
		kbuild=$(echo "$stamp" | sed -n 's/^\(linux-kbuild-.*\) /\1=/p')
		architecture=$host_architecture
		# shellcheck disable=SC2086 # a list of words
		suites "kbuild-$1" $suites
		unpack "$kernel.kbuild" "$kbuild"
	) || exit
	rm -rf "$kernel.new/usr/lib"/linux-kbuild-*
	cp -a "$kernel.kbuild/usr" "$kernel.new/"
	rm -r "$kernel.kbuild"
}

# make_tools NAME: a chroot with the packages for building a module for kernel NAME.
# Kernels of the same suite share it.
make_tools()
{
	kernel_row "$1"
	make_kernel "$1"
	stamp=$lanes/$tools/for-$1
	! unchanged "$stamp" || return 0
	packages=$(needed '^linux-(headers|kbuild)-[0-9]' "linux-headers-$flavour")
	# shellcheck disable=SC2086 # a list of words
	packages="make binutils $(suite_apt apt-cache show --no-all-versions $packages |
		sed -n 's/^Depends: //p' | tr , '\n' | sed 's/|.*//; s/(.*//' |
		tr -d ' ' | grep -v '^linux-' | sort -u | tr '\n' ' ')"
	if ! current "$stamp" "$packages"; then
		log=$lanes/$tools.log
		if [ ! -d "$lanes/$tools" ]; then
			echo "lanes: making a chroot of $tools (about 2 minutes, once)" >&2
			make_chroot >"$log" 2>&1 </dev/null ||
				failed "making a chroot of $tools" "$log"
		fi
		# shellcheck disable=SC2086
		chroot_install $packages >"$log" 2>&1 </dev/null ||
			failed "installing packages in the chroot of $tools" "$log"
		echo "$packages" >"$stamp"
	fi
	seen "$stamp"
}

make_chroot()
{
	rm -rf "$lanes/$tools.new"
	debootstrap --variant=minbase "$tools" "$lanes/$tools.new" "$(mirror "$tools")" &&
		mv "$lanes/$tools.new" "$lanes/$tools"
}

# chroot_install PACKAGE...
chroot_install()
{
	chroot "$lanes/$tools" apt-get -q update &&
		chroot "$lanes/$tools" env DEBIAN_FRONTEND=noninteractive \
			apt-get -qy install --no-install-recommends "$@" &&
		chroot "$lanes/$tools" apt-get clean
}

# in_tools WORD...: runs the command in the chroot of $tools, or on the host if there
# is none. The source trees have the same paths in it.
in_tools()
{
	if [ "$tools" = - ]; then
		"$@"
		return
	fi
	# shellcheck disable=SC2016 # the inner shell's
	unshare -m sh -euc '
		root=$1
		for dir in /proc /dev "$2" "$3" "$4"; do
			mkdir -p "$root$dir"
			mount --rbind "$dir" "$root$dir"
		done
		shift 4
		exec chroot "$root" "$@"
	' sh "$lanes/$tools" "$top" "$build" "$lanes" "$@"
}

# build_for NAME DIR WORD...: the module in DIR, against the headers package,
# by a make with these words.
build_for()
{
	kernel_row "$1"
	kernel=$lanes/kernels/$1
	dir=$2
	shift 2
	build_module "$dir" "$kernel/stamp" in_tools make \
		-C "$kernel/usr/src/linux-headers-$(cat "$kernel/release")" \
		DEB_BUILD_ARCH="$host_architecture" DEB_HOST_ARCH="$architecture" \
		DEB_HOST_GNU_TYPE="$triplet" "$@"
}

make_kernel_module()
{
	build_for "$1" "$build/kernels/$1"
}

# sparse checks each file before it is compiled.
make_kernel_sparse()
{
	build_for "$1" "$build/sparse/$1" C=2 CF=-D__CHECK_ENDIAN__
}
