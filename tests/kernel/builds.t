#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# The module builds for a kernel, with all warnings that kbuild has, and is
# what modprobe and a reviewer expect of it. Which kernel: see tests/run --on.
. "$(dirname "$0")/../lib/tap.sh"

on=${MBUS_ON:-}
case $on in
'')
	what=uml-module ko=$build/uml-module/kernel/mbus.ko
	;;
uml-*)
	what=uml-module-${on#uml-} ko=$build/uml-module-${on#uml-}/kernel/mbus.ko
	;;
*)
	what=module-$on ko=$build/kernels/$on/kernel/mbus.ko
	;;
esac

run_ok 'it builds' "$top/tests/lanes" "$what" || done_testing
unlike "$(cat "$(dirname "$(dirname "$ko")")/build.log")" '[Ww]arning:' \
	'without a warning'

is "$(modinfo -F license "$ko")" GPL 'its licence is GPL'
like "$(modinfo -F alias "$ko")" '^tty-ldisc-29$' \
	'modprobe finds it by the number of its line discipline'
isnt "$(modinfo -F description "$ko")" '' 'it has a description'
is "$(modinfo -F parm "$ko")" '' 'it has no parameters'

done_testing
