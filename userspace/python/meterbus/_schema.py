# SPDX-License-Identifier: LGPL-2.1-or-later
"""The members of readouts, of the events of a search, of the records of a bus.

Readouts are schema 1, Documentation/schema-1.json of linux-mbus. Members may
be added by later versions.
"""
from __future__ import annotations

from decimal import Decimal
from typing import Literal, NotRequired, TypedDict


class Meter(TypedDict):
    """The meter as the header of a telegram names it."""

    id: str
    manufacturer: NotRequired[str]
    version: NotRequired[int]
    medium: str
    medium_code: int
    address: str


class Status(TypedDict):
    """The status byte of the header."""

    raw: int
    flags: list[str]


class Encryption(TypedDict):
    """How the contents are encrypted."""

    mode: int
    name: str
    decrypted: bool


class Record(TypedDict, total=False):
    """A data record. One with "error" has no more than that and "raw"."""

    function: Literal["instantaneous", "maximum", "minimum", "error"]
    storage: int
    tariff: int
    subunit: int
    quantity: str
    unit: str
    value: Decimal | str | None
    invalid: str
    time: str
    summer_time: bool
    marked_invalid: bool
    flags: list[str]
    modifiers: list[str]
    note: str
    source: str
    name: str
    error: str
    raw: str


class Telegram(TypedDict, total=False):
    """A telegram; "raw" is always there."""

    c: int
    a: int
    ci: int
    meter: Meter
    access_number: int
    status: Status
    config: int
    command: str
    parameter: int
    parameter_name: str
    selection: str
    encryption: Encryption
    format: str
    error: str
    raw: str
    records: list[Record]


class Readout(TypedDict):
    """What decode() and read() return."""

    schema: int
    bus: NotRequired[str]
    time: NotRequired[str]
    address: NotRequired[str]
    outcome: NotRequired[str]
    why: NotRequired[str]
    telegrams: list[Telegram]


class Try(TypedDict):
    """A request of a search and what came back."""

    at_us: int
    request: str
    tries: int
    outcome: str
    reason: NotRequired[str]
    delay_us: NotRequired[int]
    answer: NotRequired[str]


class Found(TypedDict):
    """A meter that a search found."""

    event: Literal["meter"]
    state: Literal["confirmed", "several", "silent", "suspect"]
    address: str
    id: str | None
    manufacturer: NotRequired[str | None]
    version: NotRequired[int | None]
    medium: NotRequired[str | None]
    medium_code: NotRequired[int | None]
    primary: int | None
    baud: NotRequired[int]
    why: NotRequired[str]
    raw: NotRequired[str]
    evidence: NotRequired[list[Try]]


class Finding(TypedDict):
    """Something noticed beside the result."""

    event: Literal["finding"]
    kind: str
    text: str
    address: NotRequired[str]
    guard_ms: NotRequired[int]


class Progress(TypedDict):
    """How far a search is; "address" is tried next."""

    event: Literal["progress"]
    address: str
    probes: int
    left: int
    found: int
    seconds: int
    seconds_left: int


class Failure(TypedDict):
    """Why a search ended early."""

    kind: str
    text: str


class Summary(TypedDict):
    """The end of a search: how many meters are in each state."""

    event: Literal["summary"]
    confirmed: int
    several: int
    silent: int
    suspect: int
    missing: NotRequired[int]
    unexplained: NotRequired[int]
    probes: int
    telegrams: int
    seconds: Decimal
    stopped: NotRequired[bool]
    error: NotRequired[Failure]


ScanEvent = Found | Finding | Progress | Summary


class BusRecord(TypedDict):
    """A frame, a finding or an outcome as /dev/mbusN delivers it."""

    bus: str
    time: str
    end: str
    ns: int
    end_ns: int
    seq: int
    lost: int
    kind: Literal["frame", "finding", "outcome"]
    direction: NotRequired[Literal["sent", "received"]]
    outcome: NotRequired[str]
    reason: NotRequired[str]
    tries: NotRequired[int]
    flags: list[str]
    raw: str
