# SPDX-License-Identifier: LGPL-2.1-or-later
"""Wired M-Bus (EN 13757): decode telegrams, read and find meters.

The package uses libmeterbus, which has to be installed. Decoding needs nothing
else; read(), scan() and monitor() need a bus of the kernel, /dev/mbusN.

>>> import meterbus
>>> readout = meterbus.decode(
...     "68 1B 1B 68 08 01 72 07 20 18 00 E6 1E 35 07 4C 00 00 00"
...     "0C 78 07 20 18 00 0C 16 69 02 00 00 96 16")
>>> for record in readout["telegrams"][0]["records"]:
...     print(record["name"], repr(record["value"]), record["unit"] or "-")
fabrication_number '00182007' -
volume Decimal('269') m³

Readouts are dictionaries as `mbusctl decode --json` and `mbusctl read --json`
print them (Documentation/schema-1.json); class Readout names the members.
The number of a reading is a decimal.Decimal with all its digits, never a
float. Failures are exceptions, see class Error.
"""
from ._bus import Bus, BusInfo, buses, read
from ._decoding import Decoder, decode
from ._errors import (
    BusyError,
    CollisionError,
    DecodeError,
    Error,
    GarbledError,
    NoBusError,
    NoLinkError,
    NoTtyError,
    PermissionDeniedError,
    SilenceError,
    SystemFailureError,
    UnpluggedError,
    UnreadableError,
    UsageError,
)
from ._library import version
from ._monitor import Monitor, monitor
from ._scan import Scan, scan
from ._schema import (
    BusRecord,
    Encryption,
    Finding,
    Found,
    Meter,
    Progress,
    Readout,
    Record,
    ScanEvent,
    Status,
    Summary,
    Telegram,
    Try,
)
from ._text import dumps, loads

__version__ = version()

__all__ = [
    "Bus", "BusInfo", "BusRecord", "BusyError", "CollisionError",
    "DecodeError", "Decoder", "Encryption", "Error", "Finding", "Found",
    "GarbledError", "Meter", "Monitor", "NoBusError", "NoLinkError",
    "NoTtyError", "PermissionDeniedError", "Progress", "Readout", "Record",
    "Scan", "ScanEvent", "SilenceError", "Status", "Summary",
    "SystemFailureError", "Telegram", "Try", "UnpluggedError",
    "UnreadableError", "UsageError", "buses", "decode", "dumps", "loads",
    "monitor", "read", "scan", "version",
]

# As programs import them, also in a traceback.
for _name in __all__:
    if isinstance(globals()[_name], type):
        globals()[_name].__module__ = __name__
del _name
