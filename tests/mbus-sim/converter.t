#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
. "$(dirname "$0")/bus.sh"

nke=$(short 40 05)

simulate --echo "$scenarios/single.ini"
run master "$nke"
is "$out" "${nke}E5" 'with echo the own bytes come before the answer'

stop_sim
cat >"$tmp/two.ini" <<'EOF'
[converter]
collision-current = 31
[meter one]
id = 00000001
manufacturer = PAD
version = 01
medium = 07
address = 5
[meter two]
id = 00000002
manufacturer = PAD
version = 01
medium = 07
address = 5
EOF
simulate "$tmp/two.ini"
run master "$nke"
is "$out" E5 'below the current limit two E5 at once are one clean E5'

stop_sim
simulate --set converter.collision-current=30 "$tmp/two.ini"
run master "$nke" "$nke"
is "$out" '00
00' 'at the limit they are one NUL'

stop_sim
simulate --set 'meter two.delay=100ms' "$tmp/two.ini"
run master "$nke"
is "$out" E5E5 'one after the other they are two'

stop_sim
simulate --noise drop=2,nul=1 "$tmp/two.ini" --set 'meter two.dead=yes'
run master "$nke" "$nke"
is "$out" '00
00' 'noise puts a NUL before answers and drops bytes'

stop_sim
simulate --noise idle=50ms --seed 7 "$tmp/two.ini"
port=$tmp/port
one=$(timeout 1 cat "$port" | wc -c)
ok "$((one < 5))" 'idle noise makes bytes of nothing'

done_testing
