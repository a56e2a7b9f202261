# SPDX-License-Identifier: LGPL-2.1-or-later
"""Decoding of telegrams."""
from __future__ import annotations

import ctypes as c
import os
import threading
from collections.abc import Iterable
from functools import lru_cache
from typing import cast

from ._errors import DecodeError, UsageError
from ._library import (
    ErrorStruct,
    exception,
    lib,
    out_of_memory,
    parse_address,
    take_readout,
)
from ._schema import Readout, Telegram
from ._wire import owned

KEY_LEN = 16
# The library looks no further than the longest telegram, 261 bytes.
TELEGRAM_MAX = 1 << 20


def _bytes(what: str, data: bytes | bytearray | memoryview | str) -> bytes:
    if isinstance(data, (bytes, bytearray, memoryview)):
        return bytes(data)
    if not isinstance(data, str):
        raise TypeError(f"{what} is {type(data).__name__}, not bytes or str")
    try:
        return bytes.fromhex(data.replace(":", " "))
    except ValueError:
        # Without the text: it may be a key.
        raise UsageError(
            f"{what} is not hexadecimal; write two digits for each byte, "
            "with or without spaces") from None


def _key(key: bytes | str) -> bytes:
    data = _bytes("key", key)
    if len(data) != KEY_LEN:
        raise UsageError(f"key has {len(data)} bytes; AES-128 takes {KEY_LEN}")
    return data


class _Descriptions:
    """Descriptions of meters, loaded."""

    def __init__(self, folders: tuple[bytes, ...] | None) -> None:
        failure = ErrorStruct()
        if folders is None:
            handle = lib.meters_load_default(c.byref(failure))
        else:
            array = (c.c_char_p * len(folders))(*folders)
            handle = lib.meters_load(array, len(folders), c.byref(failure))
        if not handle:
            raise exception(failure)
        self.handle = handle
        owned(self, lib.meters_free, handle)


@lru_cache(maxsize=1)
def _installed() -> _Descriptions:
    return _Descriptions(None)


def _undecoded(telegram: Telegram) -> str | None:
    """Why the contents of a telegram are not understood, if so."""
    if "error" in telegram:
        return telegram["error"]
    encryption = telegram.get("encryption")
    if not encryption or encryption["decrypted"]:
        return None
    if any("error" not in record for record in telegram.get("records", [])):
        return None
    return f"encrypted ({encryption['name']}), and no key is given"


class Decoder:
    """Decodes telegrams, with what takes more than one to know.

    key: the AES-128 key of the meters, 16 bytes or 32 hexadecimal digits.
    meter: whose telegrams they are, a complete secondary address such as
        "3189274324232804", for encrypted telegrams that do not contain it.
    descriptions: folders with descriptions of meters (meters.d); those that
        are installed, and /etc/mbus/meters.d, if it is None.

    A decoder remembers the formats of full frames for the compact frames that
    follow. Threads may share it.

    >>> decoder = Decoder()
    >>> decoder.decode("E5")["telegrams"]
    [{'raw': 'E5'}]
    """

    def __init__(self, *, key: bytes | str | None = None,
                 meter: str | None = None,
                 descriptions: Iterable[str | os.PathLike[str]] | None = None,
                 ) -> None:
        if descriptions is None:
            self._descriptions = _installed()
        else:
            self._descriptions = _Descriptions(
                tuple(os.fsencode(folder) for folder in descriptions))
        address = None
        if meter is not None:
            address = parse_address(meter)
            if not address.secondary or not lib.address_exact(
                    c.byref(address)):
                raise UsageError(
                    f"meter {meter} is no complete secondary address; write "
                    "16 digits without wildcards")
        key_bytes = None if key is None else _key(key)
        self.handle = lib.decoder_new()
        if not self.handle:
            raise out_of_memory()
        owned(self, lib.decoder_free, self.handle)
        lib.decoder_set_meters(self.handle, self._descriptions.handle)
        if address:
            lib.decoder_set_meter(self.handle, c.byref(address))
        if key_bytes:
            lib.decoder_set_key(self.handle, key_bytes)
        self.lock = threading.Lock()

    def decode(self, telegram: bytes | bytearray | memoryview | str,
               ) -> Readout:
        """Decodes one telegram, given as bytes or as hexadecimal digits.

        Raises DecodeError if it is no telegram, and also if its contents are
        not understood, for example encrypted; the exception's readout then
        has what is known. Records that are not understood have a member
        "error" and raise nothing.
        """
        data = _bytes("telegram", telegram)
        if len(data) > TELEGRAM_MAX:
            raise DecodeError(f"{len(data)} bytes are no telegram")
        failure = ErrorStruct()
        json = lib.json_readout(None, None)
        if not json:
            raise out_of_memory()
        with self.lock:
            added = lib.json_add_with(json, self.handle, data, len(data),
                                      c.byref(failure))
        readout = take_readout(json)
        if added < 0:
            raise exception(failure)
        return checked(cast(Readout, readout))


def checked(readout: Readout) -> Readout:
    """The readout, if all of its telegrams are understood."""
    for telegram in readout["telegrams"]:
        why = _undecoded(telegram)
        if why:
            raise DecodeError(f"CI {telegram.get('ci', 0):02X}: {why}",
                              readout)
    return readout


def decode(telegram: bytes | bytearray | memoryview | str, *,
           key: bytes | str | None = None,
           meter: str | None = None) -> Readout:
    """Decodes one telegram; see Decoder and Decoder.decode().

    >>> decode("68 03 03 68 53 FE BD 0E 16")["telegrams"][0]["command"]
    'set 9600 Bd'
    >>> decode("68 03")
    Traceback (most recent call last):
    ...
    meterbus.DecodeError: a long frame ends inside its head 68 L L 68
    """
    return Decoder(key=key, meter=meter).decode(telegram)
