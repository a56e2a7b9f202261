# SPDX-License-Identifier: LGPL-2.1-or-later
"""Open buses, and calls of the library that take long."""
from __future__ import annotations

import ctypes as c
import queue
import signal
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from ._library import (
    CANCELLED,
    EVENT,
    ErrorStruct,
    c_text,
    exception,
    lib,
    take_json,
)

# What ends the queue of a work: it returned, or the exception.
_Item = tuple[Any, BaseException | None, bool]


def owned(owner: object, free: Callable[..., Any],
          *handles: int) -> weakref.finalize:
    """Frees handles of the library with their owner, or when it is called.

    Not when the interpreter ends: a thread may still use them.
    """
    finalizer = weakref.finalize(owner, free, *handles)
    finalizer.atexit = False
    return finalizer


class BusHandle:
    """An open bus of the library, closed by close() or with the object."""

    def __init__(self, name: str | None) -> None:
        failure = ErrorStruct()
        text = None if name is None else c_text("bus", name)
        self.bus = lib.bus_open(text, c.byref(failure))
        if not self.bus:
            raise exception(failure)
        self.name: str = lib.bus_name(self.bus).decode()
        self.close = owned(self, lib.bus_close, self.bus)


def _close_master(master: int, bus: int) -> None:
    lib.master_free(master)
    lib.bus_close(bus)


class MasterHandle(BusHandle):
    """An open bus and the master of its wire. One work at a time uses it."""

    def __init__(self, name: str | None) -> None:
        super().__init__(name)
        self.work: Work | None = None
        failure = ErrorStruct()
        self.master = lib.master_new(lib.bus_link(self.bus), c.byref(failure))
        if not self.master:
            self.close()
            raise exception(failure)
        self.close.detach()
        self.close = owned(self, _close_master, self.master, self.bus)
        # The library calls them as long as the master lives.
        self._callbacks = (EVENT(self._on_finding), CANCELLED(self._on_ask))
        lib.master_set_callbacks(self.master, *self._callbacks, None)

    def _on_finding(self, _context: int, finding: int) -> None:
        if self.work:
            self.work.put(lib.json_finding, finding)

    def _on_ask(self, _context: int) -> bool:
        return self.work is not None and self.work.stopped


class Work:
    """A call of the library, in a thread of its own: an iterator of the events
    that it reports; result is what it returned.

    So a signal, which Python handles in the main thread, interrupts the caller
    and not an exchange; and what the program does with an event runs in its
    own thread.
    """

    def __init__(self, handle: MasterHandle, function: Callable[[Work], Any],
                 ) -> None:
        self.stopped = False
        self.result: Any = None
        self._queue: queue.SimpleQueue[_Item] = queue.SimpleQueue()
        self._handle = handle
        self._function = function
        self._thread = threading.Thread(
            target=self._run, name=f"meterbus {handle.name}", daemon=True)
        handle.work = self
        self._thread.start()

    def put(self, to_json: Callable[[int], int | None], pointer: int) -> None:
        """Called by the library's callbacks with a pointer to an event."""
        try:
            self._queue.put((take_json(to_json(pointer)), None, False))
        except BaseException as raised:  # pylint: disable=broad-except
            self._queue.put((None, raised, True))
            self.stopped = True

    def put_event(self, event: Any) -> None:
        """An event that is complete."""
        self._queue.put((event, None, False))

    def __iter__(self) -> Iterator[Any]:
        while True:
            event, raised, ended = self._queue.get()
            if raised:
                raise raised
            if ended:
                return
            yield event

    def stop(self) -> None:
        """Ends the work after the exchange that is under way, and waits."""
        self.stopped = True
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        raised = None
        try:
            self.result = self._function(self)
        except BaseException as failure:  # pylint: disable=broad-except
            raised = failure
        self._handle.work = None
        self._queue.put((None, raised, True))
