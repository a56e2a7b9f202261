# SPDX-License-Identifier: LGPL-2.1-or-later
"""The buses of this system, and the readout of meters."""
from __future__ import annotations

import ctypes as c
import os
import threading
from collections.abc import Callable, Iterable
from types import TracebackType
from typing import NamedTuple, Self, cast

from ._decoding import Decoder, checked
from ._errors import UsageError
from ._library import (
    AddressStruct,
    ErrorStruct,
    error_class,
    lib,
    parse_address,
    take_readout,
    text_of,
)
from ._monitor import Monitor
from ._scan import Scan
from ._schema import Finding, Readout
from ._wire import MasterHandle, Work


class BusInfo(NamedTuple):
    """A bus of this system: "mbus0", and the tty below it, "ttyACM2"."""

    name: str
    tty: str


def buses() -> list[BusInfo]:
    """The buses there are, by number."""
    count = lib.bus_list(None, 0)
    numbers = (c.c_uint * count)()
    count = min(count, lib.bus_list(numbers, count))
    tty = c.create_string_buffer(64)
    found = []
    for number in numbers[:count]:
        # One that is gone meanwhile is left out.
        if lib.bus_tty(number, tty, len(tty)) == 0:
            found.append(BusInfo(f"mbus{number}", os.fsdecode(tty.value)))
    return found


class Bus:
    """An open bus: "mbus0", its tty such as "ttyACM2", or the only one.

    It keeps what it learns of the wire from one read() to the next. Other
    programs may use the bus at the same time; the kernel arbitrates. It is a
    context manager; threads may share it, and then wait for each other.

        with meterbus.Bus("mbus0") as bus:
            readout = bus.read("31892743")
    """

    def __init__(self, name: str | None = None) -> None:
        self._lock = threading.RLock()
        self._handle: MasterHandle | None = MasterHandle(name)
        self.name = self._handle.name

    def close(self) -> None:
        """Closes the bus; a second time does nothing."""
        with self._lock:
            self._opened()
            if self._handle:
                self._handle.close()
            self._handle = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None,
                 raised: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    def __repr__(self) -> str:
        closed = "" if self._handle else ", closed"
        return f"<meterbus.Bus {self.name}{closed}>"

    def read(self, address: int | str, *, key: bytes | str | None = None,
             decoder: Decoder | None = None,
             finding: Callable[[Finding], None] | None = None) -> Readout:
        """Reads one meter with all its telegrams.

        address: a primary address (5), the 8 digits of its ID ("31892743"),
            or a secondary address ("3189274324232804", "31892743.HYD.28.04").
        key: its AES-128 key; or decoder: a Decoder for several readouts.
        finding: called with each finding, a dictionary as class Finding.

        Raises the exception of what happened: SilenceError, CollisionError
        ... Its readout has the telegrams that came before. A meter that was
        read and is not understood raises DecodeError, with the readout.
        """
        if key is not None and decoder is not None:
            raise UsageError("key and decoder exclude each other")
        parsed = parse_address(address)
        decoder = decoder or Decoder(key=key)
        with self._lock:
            handle = self._opened()
            if not handle:
                raise ValueError(f"bus {self.name} is closed")
            failure, readout = _read(handle, parsed, decoder, finding)
        if failure.kind:
            raise error_class(failure.kind)(text_of(failure), readout)
        return checked(readout)

    def _opened(self) -> MasterHandle | None:
        # The lock keeps other threads out, but not a callback of finding.
        if self._handle and self._handle.work:
            raise RuntimeError(f"bus {self.name} is reading a meter")
        return self._handle

    def scan(self, mask: str | None = None, *,
             primary: bool | Iterable[int] = False,
             known: Iterable[str] = (), all_digits: bool = False) -> Scan:
        """Finds the meters of the bus; see class Scan."""
        return Scan(self.name, mask, primary=primary, known=known,
                    all_digits=all_digits)

    def monitor(self) -> Monitor:
        """All that happens on the wire; see class Monitor."""
        return Monitor(self.name)


def _read(handle: MasterHandle, address: AddressStruct, decoder: Decoder,
          finding: Callable[[Finding], None] | None,
          ) -> tuple[ErrorStruct, Readout]:
    failure = ErrorStruct()

    def read_meter(_work: Work) -> Readout:
        with decoder.lock:
            json = lib.json_read(handle.master, c.byref(address),
                                 decoder.handle, handle.name.encode(),
                                 c.byref(failure))
        return cast(Readout, take_readout(json))

    work = Work(handle, read_meter)
    try:
        for event in work:
            if finding:
                finding(event)
    finally:
        work.stop()
    return failure, work.result


def read(bus: str | None, address: int | str, *,
         key: bytes | str | None = None,
         finding: Callable[[Finding], None] | None = None) -> Readout:
    """Reads one meter; see Bus.read(). None is the only bus there is."""
    with Bus(bus) as opened:
        return opened.read(address, key=key, finding=finding)
