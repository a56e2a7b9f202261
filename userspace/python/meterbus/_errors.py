# SPDX-License-Identifier: LGPL-2.1-or-later
"""Failures as exceptions, a class for each kind of the library."""
from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from ._schema import Readout


class Error(Exception):
    """A failure; str() of it says what failed, where, why, and what to do.

    kind: its name as `mbusctl --json` has it, "silence", "no-bus" ...
    message: the text.
    readout: what was read or decoded in spite of the failure, or None.
    """

    kind: ClassVar[str] = "unknown"

    def __init__(self, message: str, readout: Readout | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.readout = readout


class UsageError(Error, ValueError):
    """An argument makes no sense."""

    kind = "usage"


class NoBusError(Error):
    """There is no such bus, no bus at all, or several to choose from."""

    kind = "no-bus"


class NoTtyError(Error):
    """There is no such tty, or it cannot carry a bus."""

    kind = "no-tty"


class PermissionDeniedError(Error):
    """The system refused access."""

    kind = "permission"


class BusyError(Error):
    """The bus is in use by another program."""

    kind = "busy"


class UnpluggedError(Error):
    """The adapter of the bus was unplugged."""

    kind = "unplugged"


class SilenceError(Error):
    """No meter answered."""

    kind = "silence"


class CollisionError(Error):
    """Several meters answered at once."""

    kind = "collision"


class GarbledError(Error):
    """An answer came and was damaged."""

    kind = "garbled"


class UnreadableError(Error):
    """The meter acknowledged, but gave no readout."""

    kind = "unreadable"


class DecodeError(Error):
    """The bytes are no telegram, or its contents are not understood.

    In the latter case readout has all that is known.
    """

    kind = "decode"


class SystemFailureError(Error):
    """The system refused something else."""

    kind = "system"


class NoLinkError(Error):
    """The gateway of the bus is not connected now."""

    kind = "no-link"


CLASSES: dict[str, type[Error]] = {
    cls.kind: cls for cls in Error.__subclasses__()
}
