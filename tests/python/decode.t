#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# meterbus.decode() says what mbusctl decode says, with exact numbers, and every
# failure is an exception.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/python.sh"

# It compares with $build/mbusctl.
python "$here/decode.py"
