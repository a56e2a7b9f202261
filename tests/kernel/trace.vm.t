#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The driver's tracepoints show a readout as a person would want to read it.

. "$(dirname "$0")/../lib/tap.sh"

mbusctl=$build/mbusctl
tracing=/sys/kernel/tracing

insmod "$MBUS_KO" || give_up "cannot load $MBUS_KO"
mountpoint -q $tracing || mount -t tracefs tracefs $tracing ||
	skip_all 'this kernel has no tracefs'
[ -d $tracing/events/mbus ] || give_up 'the module brings no trace events'

background "$build/mbus-sim" --pty single >"$tmp/pty"
wait_for_line "$tmp/pty" '^/dev/pts/'
read -r pty <"$tmp/pty"
"$mbusctl" attach --background "$pty" >/dev/null || give_up 'attach'

echo 1 >$tracing/events/mbus/enable
"$mbusctl" send 1040FD3D16 --repeats 0 >/dev/null
"$mbusctl" scan >/dev/null
echo 0 >$tracing/events/mbus/enable
cp $tracing/trace "$tmp/trace"

trace=$(grep -v '^#' "$tmp/trace")
like "$trace" 'mbus_tx: mbus0 try=1 10 40 fd 3d 16' 'a frame that is sent'
like "$trace" 'mbus_outcome: mbus0 outcome=silence reason=none tries=1' \
	'a transaction that nobody answers'
like "$trace" 'mbus_rx: mbus0 flags= ?e5' 'an acknowledge'
like "$trace" 'mbus_rx: mbus0 flags= ?68 .* 16' 'a readout'
like "$trace" 'mbus_outcome: mbus0 outcome=frame' 'and what it was'
like "$trace" 'mbus_state: mbus0 state=busy' 'the bus at work'
like "$trace" 'mbus_timeout: mbus0 line=guard late_ns=[0-9]+' 'a timer that was due'

"$mbusctl" detach >/dev/null
run_ok 'the module unloads with its events' rmmod mbus
done_testing
