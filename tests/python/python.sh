# SPDX-License-Identifier: GPL-2.0-only
#
# Sourced by tests of the Python package: python runs the interpreter with the
# package of this tree and the libraries $build/libmeterbus*.

here=$(cd "$(dirname "$0")" && pwd)
package=$top/userspace/python/meterbus

python()
{
	LD_LIBRARY_PATH=$build PYTHONPATH=$top/userspace/python:$here \
		BUILD=$build TOP=$top python3 -B "$@"
}
