# SPDX-License-Identifier: GPL-2.0-only
"""TAP for tests of the package meterbus, in Python."""
import sys

counts = {'all': 0, 'failed': 0}


def ok(good, name, detail=''):
    counts['all'] += 1
    counts['failed'] += not good
    print('ok' if good else 'not ok', counts['all'], '-', name, flush=True)
    if not good:
        print(f'# {detail}', file=sys.stderr)
    return bool(good)


def equal(got, expected, name):
    return ok(got == expected, name, f'got {got!r}, expected {expected!r}')


def raises(kind, function, name, *words):
    """The exception of function, which is a kind and whose text has words."""
    try:
        got = function()
    except kind as raised:
        ok(type(raised) is kind and all(word in str(raised) for word in words),
           name, repr(raised))
        return raised
    except BaseException as raised:
        ok(False, name, repr(raised))
        return raised
    ok(False, name, f'returned {got!r}')
    return None


def done_testing():
    print(f'1..{counts["all"]}')
    sys.exit(counts['failed'] > 0)
