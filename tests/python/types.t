#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# The Python package as a program finds it: installed, typed, its examples true,
# and its structures laid out as the C compiler lays them out.
. "$(dirname "$0")/../lib/tap.sh"
. "$(dirname "$0")/python.sh"

# --- what the tools say

run mypy --config-file "$top/userspace/python/pyproject.toml" \
	--cache-dir "$tmp/mypy" "$package"
is "$status" 0 'mypy --strict finds nothing' || diag "$out$err"
cat >"$tmp/use.py" <<'END'
from decimal import Decimal
import meterbus

readout = meterbus.decode("E5")
record = readout["telegrams"][0]["records"][0]
value: Decimal | str | None = record["value"]
name: int = record["name"]
END
run env PYTHONPATH="$top/userspace/python" MYPYPATH="$top/userspace/python" \
	mypy --strict --cache-dir "$tmp/mypy" "$tmp/use.py"
like "$out" 'use.py:7: .*"str", variable has type "int"' \
	'a program is checked against its types'
like "$out" 'Found 1 error' 'and has no other mistake'
run_ok 'pyflakes finds nothing' pyflakes3 "$package" "$here" \
	"$top/userspace/examples"
run_ok 'the examples in its documentation are true' python -W error - <<'END'
import doctest, importlib, pkgutil, sys, meterbus
modules = [meterbus] + [importlib.import_module(f"meterbus.{found.name}")
	for found in pkgutil.iter_modules(meterbus.__path__)]
results = [doctest.testmod(module) for module in modules]
sys.exit(sum(result.failed for result in results) or
	sum(result.attempted for result in results) < 8)
END
run python - <<'END'
import inspect, meterbus
for name in meterbus.__all__:
	named = getattr(meterbus, name)
	if name == "ScanEvent":	# a union of types
		continue
	members = [] if not inspect.isclass(named) else [
		member for key, member in vars(named).items()
		if inspect.isfunction(member) and not key.startswith("_")]
	for one in [named, *members]:
		if not inspect.getdoc(one) or "\n" in inspect.getdoc(one).split(".")[0].strip():
			print(one.__qualname__, repr(inspect.getdoc(one)))
END
is "$out$err" '' 'everything public has a docstring that begins with a sentence'

# --- structures

python - >"$tmp/layout.c" 2>"$tmp/names" <<'END'
import ctypes, sys
from meterbus import _library
print("#include <stddef.h>\n#include <stdio.h>\n#include <meterbus/meterbus.h>\n"
      "int main(void)\n{")
for name, struct in vars(_library).items():
    if not name.endswith("Struct"):
        continue
    tag = struct.__doc__.split(":")[0].split(";")[0].split()[-1]
    print(name, file=sys.stderr)
    members = [member[0] for member in struct._fields_]
    sizes = [(f"sizeof(struct {tag})", ctypes.sizeof(struct))]
    head = "head." if tag == "meterbus_record" else ""
    sizes += [(f"offsetof(struct {tag}, {'' if member == 'data' else head}{member})",
               getattr(struct, member).offset) for member in members]
    sizes += [(f"sizeof(((struct {tag} *)0)->{'' if member == 'data' else head}{member})",
               getattr(struct, member).size) for member in members]
    for text, size in sizes:
        print(f'\tif ({text} != {size})\n\t\tprintf("{text} is %zu, not {size}\\n", (size_t){text});')
print("\treturn 0;\n}")
END
is "$(wc -l <"$tmp/names")" 5 'structures that the package lays out'
run_ok 'their members are those of the headers' cc -o "$tmp/layout" \
	-I"$top/include" -I"$top/include/uapi" "$tmp/layout.c"
run "$tmp/layout"
is "$out" '' 'at the same places, of the same size'

# --- installed

run_ok 'make install' make -s -C "$top/userspace" install BUILD="$build" \
	PREFIX=/usr DESTDIR="$tmp/root"
installed=$tmp/root/usr/lib/python3/dist-packages
for file in meterbus/__init__.py meterbus/py.typed \
	"meterbus-$(make -s -C "$top" version).dist-info/METADATA"; do
	[ -f "$installed/$file" ]
	ok $? "$file"
done
is "$(cd "$installed/meterbus" && find . -type f | sort)" \
	"$(cd "$package" && find . -name '*.py' -o -name py.typed | sort)" \
	'all of the package, and nothing else'
run env LD_LIBRARY_PATH="$tmp/root/usr/lib" PYTHONPATH="$installed" \
	python3 -B -c 'import importlib.metadata as m, meterbus
print(meterbus.__version__, m.version("meterbus"), meterbus.__file__)'
is "$out" "$(make -s -C "$top" version) $(make -s -C "$top" version) $installed/meterbus/__init__.py" \
	'it is imported, its version that of the library'
is "$(sed -n 's/^version = "\(.*\)"/\1/p' "$top/userspace/python/pyproject.toml")" \
	"$(make -s -C "$top" version)" 'pyproject.toml has it, too'

run env LD_LIBRARY_PATH=/nowhere PYTHONPATH="$installed" python3 -B -c 'import meterbus'
like "$err" 'ImportError: meterbus needs libmeterbus\.so\.0 .*; install libmeterbus0' \
	'without the library it says what to install'
mkdir "$tmp/old"
echo 'int meterbus_version(void) { return 0; }' >"$tmp/old.c"
cc -shared -o "$tmp/old/libmeterbus.so.0" "$tmp/old.c"
run env LD_LIBRARY_PATH="$tmp/old:$build" PYTHONPATH="$installed" python3 -B -c 'import meterbus'
like "$err" 'ImportError: libmeterbus\.so\.0 is older than this package' \
	'as it does with an older library'

done_testing
