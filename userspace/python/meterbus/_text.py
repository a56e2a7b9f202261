# SPDX-License-Identifier: LGPL-2.1-or-later
"""JSON text whose numbers stay exact."""
from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def _exact_value(members: dict[str, Any]) -> dict[str, Any]:
    """A reading is always a Decimal, also one that is a whole number."""
    if type(members.get("value")) is int:
        members["value"] = Decimal(members["value"])
    return members


def loads(text: str | bytes) -> Any:
    """Reads JSON of the programs of linux-mbus.

    Numbers with a fraction, and all members "value" that are numbers, are
    decimal.Decimal.

    >>> loads('{"value": 264.72910, "storage": 1}')
    {'value': Decimal('264.72910'), 'storage': 1}
    """
    return json.loads(text, parse_float=Decimal, object_hook=_exact_value)


def dumps(value: Any) -> str:
    """JSON of what loads(), decode() and the others return, digit by digit.

    json.dumps() refuses decimal.Decimal.

    >>> from decimal import Decimal
    >>> dumps({"value": Decimal("0.00000012"), "unit": "m³"})
    '{"value":0.00000012,"unit":"m³"}'
    """
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise ValueError(f"{value} is not a number of JSON")
        return format(value, "f")
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(str(key), ensure_ascii=False)}:"
                              f"{dumps(member)}"
                              for key, member in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ",".join(map(dumps, value)) + "]"
    if isinstance(value, float):
        raise TypeError("a float is not exact; use decimal.Decimal")
    return json.dumps(value, ensure_ascii=False)
