# SPDX-License-Identifier: LGPL-2.1-or-later
"""libmeterbus by ctypes: its functions, and the few structures that are laid
out here, which its soname promises to keep."""
from __future__ import annotations

import ctypes as c
from typing import Any

from ._errors import CLASSES, Error, SystemFailureError, UsageError
from ._text import loads

ABI = 0


class ErrorStruct(c.Structure):
    """struct meterbus_error"""

    _fields_ = [
        ("kind", c.c_int),
        ("text", c.c_char * 256),
        ("hint", c.c_int),
        ("about", c.c_char * 128),
    ]


class AddressStruct(c.Structure):
    """struct meterbus_address"""

    _fields_ = [
        ("secondary", c.c_bool),
        ("primary", c.c_uint8),
        ("bytes", c.c_uint8 * 8),
        ("has_fabrication", c.c_bool),
        ("fabrication", c.c_uint8 * 4),
    ]


class SearchStruct(c.Structure):
    """struct meterbus_search; the C side knows from size which members it has"""

    _fields_ = [
        ("size", c.c_size_t),
        ("master", c.c_void_p),
        ("primaries", c.c_void_p),
        ("known", c.c_void_p),
        ("known_count", c.c_size_t),
        ("earlier", c.c_void_p),
        ("earlier_count", c.c_size_t),
        ("finds", c.c_void_p),
        ("find_count", c.c_size_t),
        ("visits", c.c_void_p),
        ("visit_count", c.c_size_t),
        ("baud", c.c_uint32),
        ("all_digits", c.c_bool),
        ("found", c.c_void_p),
        ("progress", c.c_void_p),
        ("visited", c.c_void_p),
        ("context", c.c_void_p),
    ]


class SearchResultStruct(c.Structure):
    """struct meterbus_search_result"""

    _fields_ = [
        ("count", c.c_uint * 4),
        ("missing", c.c_uint),
        ("strays", c.c_uint),
        ("probes", c.c_ulong),
        ("transmissions", c.c_ulong),
        ("elapsed_ns", c.c_uint64),
        ("cancelled", c.c_bool),
    ]


class RecordStruct(c.Structure):
    """struct meterbus_record: struct meterbus_bus_record of the kernel's
    linux/meterbus.h and its data"""

    _fields_ = [
        ("first_ns", c.c_uint64),
        ("last_ns", c.c_uint64),
        ("seq", c.c_uint32),
        ("lost", c.c_uint32),
        ("flags", c.c_uint32),
        ("len", c.c_uint16),
        ("kind", c.c_uint8),
        ("direction", c.c_uint8),
        ("reason", c.c_uint8),
        ("outcome", c.c_uint8),
        ("tries", c.c_uint8),
        ("reserved", c.c_uint8 * 5),
        ("data", c.c_uint8 * 512),
    ]


EVENT = c.CFUNCTYPE(None, c.c_void_p, c.c_void_p)
CANCELLED = c.CFUNCTYPE(c.c_bool, c.c_void_p)

_text = c.c_char_p
_handle = c.c_void_p
_error = c.POINTER(ErrorStruct)
_address = c.POINTER(AddressStruct)
_search = c.POINTER(SearchStruct)
_result = c.POINTER(SearchResultStruct)
_record = c.POINTER(RecordStruct)

# The functions of each library: what they return, and what they take.
_DECODE: dict[str, tuple[Any, ...]] = {
    "version": (c.c_uint,),
    "version_text": (_text,),
    "error_name": (_text, c.c_int),
    "address_parse": (c.c_int, _address, _text, _error),
    "address_exact": (c.c_bool, _address),
    "decoder_new": (_handle,),
    "decoder_free": (None, _handle),
    "decoder_set_key": (None, _handle, _text),
    "decoder_set_meter": (None, _handle, _address),
    "decoder_set_meters": (None, _handle, _handle),
    "master_new": (_handle, _handle, _error),
    "master_free": (None, _handle),
    "master_set_callbacks": (None, _handle, EVENT, CANCELLED, _handle),
    "search_primary": (c.c_int, _search, _result, _error),
    "search_secondary": (c.c_int, _search, _address, _result, _error),
}
_FORMAT: dict[str, tuple[Any, ...]] = {
    "json_readout": (_handle, _text, _text),
    "json_add_with": (c.c_int, _handle, _handle, _text, c.c_size_t, _error),
    "json_read": (_handle, _handle, _address, _handle, _text, _error),
    "json_finish": (_handle, _handle),
    "json_text": (_handle, _handle),
    "json_found": (_handle, _handle),
    "json_finding": (_handle, _handle),
    "json_progress": (_handle, _handle),
    "json_summary": (_handle, _result, _error),
    "record_json": (_handle, _record, _text, c.c_int64),
}
_BUS: dict[str, tuple[Any, ...]] = {
    "meters_load": (_handle, c.POINTER(_text), c.c_size_t, _error),
    "meters_load_default": (_handle, _error),
    "meters_free": (None, _handle),
    "bus_open": (_handle, _text, _error),
    "bus_close": (None, _handle),
    "bus_link": (_handle, _handle),
    "bus_fd": (c.c_int, _handle),
    "bus_number": (c.c_uint, _handle),
    "bus_name": (_text, _handle),
    "bus_list": (c.c_size_t, c.POINTER(c.c_uint), c.c_size_t),
    "bus_tty": (c.c_int, c.c_uint, c.c_char_p, c.c_size_t),
    "bus_monitor": (c.c_int, _handle, _error),
    "bus_read_record": (c.c_int, _handle, _record, _error),
}


def _open(name: str) -> c.CDLL:
    file = f"{name}.so.{ABI}"
    try:
        return c.CDLL(file)
    except OSError as failure:
        raise ImportError(
            f"meterbus needs {file} ({failure}); install libmeterbus{ABI}, or "
            "run ldconfig after 'make install' of linux-mbus") from failure


class _Functions:
    """The functions meterbus_* without their prefix."""

    def __init__(self) -> None:
        for name, functions in (("libmeterbus", _DECODE),
                                ("libmeterbus-format", _FORMAT),
                                ("libmeterbus-bus", _BUS)):
            library = _open(name)
            for function, (result, *arguments) in functions.items():
                try:
                    found = getattr(library, f"meterbus_{function}")
                except AttributeError as failure:
                    raise ImportError(
                        f"{name}.so.{ABI} is older than this package: "
                        f"{failure}") from failure
                found.restype = result
                found.argtypes = arguments
                setattr(self, function, found)

    def __getattr__(self, name: str) -> Any:
        raise AttributeError(name)


lib = _Functions()

_free = c.CDLL(None).free
_free.restype = None
_free.argtypes = [c.c_void_p]


def version() -> str:
    """The version of libmeterbus, "0.2.0"."""
    text: bytes = lib.version_text()
    return text.decode()


def error_class(kind: int) -> type[Error]:
    """The exception of a kind of errors."""
    return CLASSES[lib.error_name(kind).decode()]


def text_of(failure: ErrorStruct) -> str:
    """The text of an error that the library filled."""
    return bytes(failure.text).decode("utf-8", "replace")


def exception(failure: ErrorStruct) -> Error:
    """The exception of such an error."""
    return error_class(failure.kind)(text_of(failure))


def out_of_memory() -> Error:
    """What a function means that returns NULL without an error."""
    return SystemFailureError("out of memory")


def take_readout(json: int | None) -> Any:
    """The readout of a handle, which is given up."""
    return _loads(lib.json_finish(json))


def take_json(json: int | None) -> Any:
    """The object that a handle of json-c stands for; the handle is given up."""
    return _loads(lib.json_text(json))


def _loads(text: int | None) -> Any:
    if not text:
        raise out_of_memory()
    try:
        return loads(c.string_at(text))
    finally:
        _free(text)


def c_text(what: str, text: str) -> bytes:
    """Text as C takes it."""
    if not isinstance(text, str):
        raise TypeError(f"{what} is {type(text).__name__}, not str")
    if "\0" in text:
        raise UsageError(f"{what} contains a NUL character")
    return text.encode("utf-8", "surrogateescape")


def parse_address(address: int | str) -> AddressStruct:
    """An address as people write it."""
    if isinstance(address, bool) or not isinstance(address, (int, str)):
        raise TypeError(
            f"address is {type(address).__name__}, not int or str")
    parsed = AddressStruct()
    failure = ErrorStruct()
    if lib.address_parse(c.byref(parsed), c_text("address", str(address)),
                         c.byref(failure)) < 0:
        raise exception(failure)
    return parsed
