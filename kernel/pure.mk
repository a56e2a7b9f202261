# SPDX-License-Identifier: GPL-2.0-only
#
# The driver's pure files: no lock, no allocation, no clock, no device. Kbuild and
# tests/ build them. mbus-wire is the state machine of a wire and what it needs.
mbus-wire := line answer frame echo added babble late timing
mbus-pure := arbiter $(mbus-wire)
