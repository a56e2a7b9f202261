# SPDX-License-Identifier: LGPL-2.1-or-later
"""Searches for meters."""
from __future__ import annotations

import atexit
import ctypes as c
import weakref
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ._errors import UsageError
from ._library import (
    EVENT,
    AddressStruct,
    ErrorStruct,
    SearchResultStruct,
    SearchStruct,
    exception,
    lib,
    parse_address,
    take_json,
)
from ._schema import ScanEvent
from ._wire import MasterHandle, Work

PRIMARY_MAX = 250

# Searches that run: the interpreter's end stops them.
_running: weakref.WeakSet[Scan] = weakref.WeakSet()


@atexit.register
def _stop_all() -> None:
    for search in list(_running):
        search.close()


class Scan:
    """A search for meters: an iterator of its events, as they happen.

    mask: only meters that match, such as "318927FF".
    primary: True tries all primary addresses, an iterable of numbers those.
    known: addresses of meters that should be there; they are looked for
        first, and a finding "missing" names those that do not answer.
    all_digits: also looks for ID digits A to E everywhere.

    Events are dictionaries; "event" is "meter" (class Found), "finding",
    "progress" or, at the end, "summary". A search that fails then raises the
    exception. It has opened the bus for itself, so that the program may read a
    meter while the search goes on. close(), the end of a with block or of the
    object, and ^C stop it.

        with meterbus.scan("mbus0") as search:
            for event in search:
                if event["event"] == "meter":
                    print(event["address"], event["state"])
    """

    def __init__(self, bus: str | None = None, mask: str | None = None, *,
                 primary: bool | Iterable[int] = False,
                 known: Iterable[str] = (), all_digits: bool = False) -> None:
        search = _Search(mask, primary, known, all_digits)
        handle = MasterHandle(bus)
        self.name = handle.name
        self._work = Work(handle, lambda work: search.run(handle, work))
        self._events: Iterator[ScanEvent] = iter(self._work)
        _running.add(self)

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> ScanEvent:
        try:
            return next(self._events)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None,
                 raised: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    def __del__(self) -> None:
        if hasattr(self, "_work"):
            self.close()

    def close(self) -> None:
        """Stops the search, which ends after the exchange under way."""
        self._events = iter(())
        self._work.stop()
        _running.discard(self)


class _Search:
    """What to search for, and the callbacks."""

    def __init__(self, mask: str | None, primary: bool | Iterable[int],
                 known: Iterable[str], all_digits: bool) -> None:
        if mask is not None and primary is not False:
            raise UsageError("mask and primary exclude each other")
        self.mask = parse_address("FFFFFFFF" if mask is None else mask)
        if not self.mask.secondary:
            raise UsageError(f"mask {mask} is a primary address; write 8 or "
                             "16 digits, F for any")
        self.primary = primary is not False
        # NULL: all of them.
        self.primaries = c.c_void_p()
        if not isinstance(primary, bool):
            self.set = _set_of(primary)
            self.primaries = c.cast(self.set, c.c_void_p)
        addresses = [parse_address(address) for address in known]
        self.known = (AddressStruct * len(addresses))(*addresses)
        self.all_digits = all_digits

    def run(self, handle: MasterHandle, work: Work) -> None:
        """The whole search; raises why it failed."""
        found = EVENT(lambda _, event: work.put(lib.json_found, event))
        progress = EVENT(lambda _, event: work.put(lib.json_progress, event))
        search = SearchStruct(
            size=c.sizeof(SearchStruct), master=handle.master,
            primaries=self.primaries,
            known=c.cast(self.known, c.c_void_p), known_count=len(self.known),
            baud=_baud(handle.name), all_digits=self.all_digits,
            found=c.cast(found, c.c_void_p),
            progress=c.cast(progress, c.c_void_p))
        result = SearchResultStruct()
        failure = ErrorStruct()
        if self.primary:
            ret = lib.search_primary(c.byref(search), c.byref(result),
                                     c.byref(failure))
        else:
            ret = lib.search_secondary(c.byref(search), c.byref(self.mask),
                                       c.byref(result), c.byref(failure))
        handle.close()
        why = c.byref(failure) if ret < 0 else None
        work.put_event(take_json(lib.json_summary(c.byref(result), why)))
        if ret < 0:
            raise exception(failure)


def _set_of(primary: Iterable[int]) -> Any:
    """Primary addresses as a set of bits."""
    bits = bytearray(32)
    for address in primary:
        if not 0 <= address <= PRIMARY_MAX:
            raise UsageError(f"{address} is no primary address; write numbers "
                             f"from 0 to {PRIMARY_MAX}")
        bits[address // 8] |= 1 << address % 8
    return (c.c_uint8 * len(bits))(*bits)


def _baud(name: str) -> int:
    """The baud rate of a bus; 0 if it is gone."""
    try:
        return int(Path(f"/sys/class/mbus/{name}/baud").read_text())
    except (OSError, ValueError):
        return 0


def scan(bus: str | None = None, mask: str | None = None, *,
         primary: bool | Iterable[int] = False,
         known: Iterable[str] = (), all_digits: bool = False) -> Scan:
    """Finds the meters of a bus; see class Scan."""
    return Scan(bus, mask, primary=primary, known=known,
                all_digits=all_digits)
