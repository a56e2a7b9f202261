# SPDX-License-Identifier: GPL-2.0-only
#
# For tests of mbusd on simulated wires (sim/sim_link.c), without a kernel:
#
#	wire FILE METERS	a scenario with so many meters, IDs from 10000000
#	config BUSES METERS [LINE...]	writes $tmp/mbusd.conf: buses bus0 ... on
#				wires of their own, their meters m0-0 ..., and
#				LINEs into [mbusd]
#	daemon [PROGRAM]	starts it; $pid, messages go to $tmp/log
#	db SQL			runs sqlite3 on the store
#
# Given: $sim, the daemon with sanitizers; $sim_fast, without.

sim=$build/tests/mbusd/mbusd-sim
sim_fast=$build/tests/mbusd/mbusd-sim-fast
export ASAN_OPTIONS=detect_leaks=1

wire()
{
	sed "s/@id@/10000000-$((10000000 + $2 - 1))/" \
		"$top/tests/mbusd/sim/wire.ini.in" >"$1"
}

config()
{
	config_buses=$1 config_meters=$2
	shift 2
	printf '[mbusd]\nsite = test\nstore = %s/readings.db\n' "$tmp" \
		>"$tmp/mbusd.conf"
	[ $# -eq 0 ] || printf '%s\n' "$@" >>"$tmp/mbusd.conf"
	printf '[api]\nsocket = none\n' >>"$tmp/mbusd.conf"
	awk -v buses="$config_buses" -v meters="$config_meters" -v tmp="$tmp" '
	BEGIN {
		for (b = 0; b < buses; b++) {
			printf "[bus bus%d]\ntty = %s/bus%d.ini\n", b, tmp, b
			for (m = 0; m < meters; m++)
				printf "[meter m%d-%d]\nbus = bus%d\naddress = %d\n", \
					b, m, b, 10000000 + m
		}
	}' >>"$tmp/mbusd.conf"
	config_bus=0
	while [ $config_bus -lt "$config_buses" ]; do
		[ -e "$tmp/bus$config_bus.ini" ] ||
			wire "$tmp/bus$config_bus.ini" "$config_meters"
		config_bus=$((config_bus + 1))
	done
}

daemon()
{
	: >"$tmp/log"
	background "${1:-$sim}" -v -c "$tmp/mbusd.conf" 2>>"$tmp/log"
}

db()
{
	sqlite3 "$tmp/readings.db" "$1"
}
