#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# Everything against everything in real time, under KASAN, lockdep and ODEBUG,
# for MBUS_STRESS_SECONDS (6; make stress: 30). MBUS_STRESS_SEED repeats a run.

here=$(dirname "$0")
exec "${BUILD:-$here/../../build}/tests/kernel/stress" \
	-s "${MBUS_STRESS_SECONDS:-6}" \
	${MBUS_STRESS_SEED:+-r "$MBUS_STRESS_SEED"}
