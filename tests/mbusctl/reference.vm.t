#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# All meters of the reference site are found and read on a kernel as it is installed,
# of any architecture.
. "$(dirname "$0")/lane.sh"

simulate reference-site
run_ok 'attach' "$mbusctl" attach --background "$pty"
run_ok 'the search' "$mbusctl" scan
is "$(printf '%s\n' "$out" | grep -c '  confirmed  ')" 15 'finds all meters'
id=$(printf '%s\n' "$out" | sed -n '/  confirmed  /{s/ .*//p;q}')
run_ok "the readout of $id" "$mbusctl" read "$id"
like "$out" 'energy +[0-9 .]+ kWh' 'has its energy'
run_ok 'detach' "$mbusctl" detach
run_ok 'the module unloads' rmmod mbus

done_testing
