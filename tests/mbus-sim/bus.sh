# SPDX-License-Identifier: GPL-2.0-only
#
# For the tests of mbus-sim: a simulated wire, and a master on it.

. "$(dirname "$0")/../lib/tap.sh"

scenarios=$top/userspace/mbus-sim/scenarios
sim=$build/mbus-sim

# simulate ARG...: starts the simulator; $port is the pty, $log its log
simulate()
{
	port=$tmp/port log=$tmp/log
	background "$sim" --link "$port" --log "$log" "$@" >"$tmp/stdout"
	wait_for_file "$port" || give_up "mbus-sim $* did not start"
}

stop_sim()
{
	stop "$pid"
}

# master STEP...: see master.c; what came back, a line a step
master()
{
	"$build/tests/mbus-sim/master" "$port" "$@"
}

# long C A CI DATA...: the long telegram around these bytes, in hex
long()
{
	hex= sum=0
	for byte; do
		hex=$hex$byte
		sum=$((sum + 0x$byte & 255))
	done
	printf '68%02X%02X68%s%02X16\n' $# $# "$hex" $sum
}

short()
{
	printf '10%s%s%02X16\n' "$1" "$2" $(((0x$1 + 0x$2) & 255))
}

# selection ID [MAN1 MAN2 VERSION MEDIUM]: eight digits as printed
selection()
{
	id0=${1#??????} id1=${1#????} id2=${1#??} id3=${1%??????}
	shift
	[ $# -gt 0 ] || set -- FF FF FF FF
	long 73 FD 52 "$id0" "${id1%??}" "${id2%????}" "$id3" "$@"
}
