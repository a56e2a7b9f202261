#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The commands in README.md, installing.md and outputs.md work as written.
. "$(dirname "$0")/../lib/tap.sh"

# The wire of the reference site, with three of its meters. The programs
# build/... of the pages are those in $build.
simulate()
{
	background "$build/mbus-sim" --tty /dev/ttyGS2 \
		--set meter.id=31892742-31892744 reference-site >"$tmp/sim"
	wait_for_line "$tmp/sim" ttyGS2 || give_up 'no wire'
}

# In this machine every user is root.
mkdir "$tmp/bin"
printf '#!/bin/sh\nexec "$@"\n' >"$tmp/bin/sudo"
chmod +x "$tmp/bin/sudo"
PATH=$tmp/bin:$PATH
USER=root
export USER

# The reason why a command is not run here; empty if it is.
not_here()
{
	case $1 in
	'sudo make demo' | 'sudo make check')
		echo 'this test is part of it' ;;
	'sudo apt install '* | 'sudo make deb')
		echo 'it installs packages; tests/check-packages installs those of make deb' ;;
	make | 'make userspace' | 'make module')
		echo 'built before this machine started' ;;
	*dkms-install | *modules_install*)
		echo 'kernel/dkms.vm.t runs it' ;;
	*mokutil* | *reboot | *sign-file*)
		echo 'there is no firmware' ;;
	'sudo mbusctl setup')
		echo 'it asks questions; site/setup.virtual.t tests it' ;;
	*systemctl*)
		echo 'systemd does not run here; mbusd/systemd.vm.t tests it' ;;
	*gateway.example* | *192.0.2.1* | mbus-tcp-request-data*)
		echo 'an example of a network; tests/gateway tests it' ;;
	esac
}

# try PLACE COMMAND
try()
{
	reason=$(not_here "$2")
	if [ -n "$reason" ]; then
		skip "$1: $2" "$reason"
		return
	fi
	case $2 in
	# They run until they are stopped.
	*monitor* | *xxd*)
		printf '%s\n' "timeout --preserve-status -s INT 2 ${2#sudo }" >"$tmp/command"
		run sh "$tmp/command"
		[ "$status" -ne 130 ] || status=0
		is "$status$err" 0 "$1: $2" ;;
	*' serve '* | *'&')
		printf '%s\n' "exec ${2%&}" >"$tmp/command"
		background sh "$tmp/command" >"$tmp/started" 2>&1
		wait_for_line "$tmp/started" "${3:-.}" 60
		ok $? "$1: $2" ;;
	# Its findings about this machine do not matter.
	*' doctor')
		printf '%s\n' "$2" >"$tmp/command"
		run sh "$tmp/command"
		is "$status$err" 12 "$1: $2" ;;
	*)
		printf '%s\n' "$2" >"$tmp/command"
		run_ok "$1: $2" sh "$tmp/command" ;;
	esac
}

# Blocks that are output, or files of other programs.
is_text()
{
	case $1 in
	'mbus needs CONFIG_TTY'* | *'module verification failed'* | 'insmod: ERROR'* | \
	'SUBSYSTEM=='* | 'connection: &mbus' | '{"schema":1,'* | 'site a: mbusd '*)
		return 0 ;;
	esac
	return 1
}

# The secrets that the pages name.
mkdir -p /etc/mbus /usr/local/bin
for file in broker.password influx.password hook.token ca.crt; do
	echo secret >/etc/mbus/$file
	chmod 600 /etc/mbus/$file
done
cp /bin/true /usr/local/bin/on-reading

simulate
cd "$top" || exit 1
tab=$(printf '\t')
"$top/tests/house/doc-commands" README.md Documentation/installing.md \
	Documentation/outputs.md >"$tmp/all"
[ "$(grep -c '^command' "$tmp/all")" -gt 40 ]
ok $? 'the pages have commands' || give_up "$(cat "$tmp/all")"
while IFS=$tab read -r kind place text <&3; do
	case $kind in
	command)
		case $text in
		# More is logged than on the page, so that the next command of
		# the page finds what it shows.
		*'mbusd -c'*)
			try "$place" "${text%&} -v &" \
				'meter 31892743: readout [0-9]+ is in' ;;
		*) try "$place" "$text" ;;
		esac
		# The next page needs a bus that is not in use.
		case $text in
		*history*)
			run "$build/mbusctl" meters
			like "$out" 31892743 'mbusd knows the meters'
			stop "$pid"
			;;
		esac
		;;
	config)
		printf '%b' "$text" >"$tmp/part.conf"
		case $text in
		'[Service]'*)
			skip "$place" 'part of a unit' ;;
		*)
			run "$build/mbusd" --check -c "$tmp/part.conf"
			is "$status" 0 "$place: mbusd accepts it" || diag "$err" ;;
		esac
		;;
	text)
		is_text "$text"
		ok $? "$place: $text"
		;;
	esac
done 3<"$tmp/all"

done_testing
