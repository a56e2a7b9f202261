# SPDX-License-Identifier: LGPL-2.1-or-later
"""What happens on a bus."""
from __future__ import annotations

import ctypes as c
import select
import threading
import time
from types import TracebackType
from typing import Self, cast

from ._errors import UnpluggedError
from ._library import ErrorStruct, RecordStruct, exception, lib, take_json
from ._schema import BusRecord
from ._wire import BusHandle

# The clocks are read one after the other, so their distance varies.
CLOCK_TOLERANCE_NS = 1_000_000


class Monitor:
    """All that happens on a bus: an iterator of its records.

    Records are dictionaries as class BusRecord and `mbusctl monitor --json`:
    frames sent and received, findings, and the outcome of each transaction.
    Any number of monitors may run beside other programs. Iteration raises
    UnpluggedError when the adapter is unplugged. fileno() is readable when a
    record waits, for select and asyncio.

        with meterbus.monitor("mbus0") as records:
            for record in records:
                print(record["time"], record["kind"], record["raw"])
    """

    def __init__(self, bus: str | None = None) -> None:
        self._handle = BusHandle(bus)
        self.name = self._handle.name
        self._offset_ns = 0
        self._lock = threading.Lock()
        self._closed = False
        failure = ErrorStruct()
        if lib.bus_monitor(self._handle.bus, c.byref(failure)) < 0:
            self.close()
            raise exception(failure)

    def fileno(self) -> int:
        """The file descriptor of the bus."""
        if self._closed:
            raise ValueError(f"the monitor of {self.name} is closed")
        return int(lib.bus_fd(self._handle.bus))

    def close(self) -> None:
        """Closes the bus; a second time does nothing. Another thread that
        waits for a record is waited for."""
        with self._lock:
            self._closed = True
            self._handle.close()

    def __iter__(self) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None,
                 raised: BaseException | None,
                 traceback: TracebackType | None) -> None:
        self.close()

    def __next__(self) -> BusRecord:
        with self._lock:
            if self._closed:
                raise StopIteration
            poll = select.poll()
            poll.register(self.fileno(), select.POLLIN)
            # Here signals are handled, not in the library.
            poll.poll()
            record = RecordStruct()
            failure = ErrorStruct()
            got = lib.bus_read_record(self._handle.bus, c.byref(record),
                                      c.byref(failure))
            if got < 0:
                raise exception(failure)
            if got == 0:
                raise UnpluggedError(f"{self.name}: unplugged")
            return cast(BusRecord, take_json(lib.record_json(
                c.byref(record), self.name.encode(), self._wall_offset())))

    def _wall_offset(self) -> int:
        """What to add to the clock of the records for the time of day."""
        offset = time.time_ns() - time.monotonic_ns()
        if abs(offset - self._offset_ns) > CLOCK_TOLERANCE_NS:
            self._offset_ns = offset
        return self._offset_ns


def monitor(bus: str | None = None) -> Monitor:
    """All that happens on a bus; see class Monitor."""
    return Monitor(bus)
