#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Finds the meters of a bus and prints their readings: readings.py [BUS]"""
import sys

import meterbus


def print_readings(bus: str | None, address: str) -> None:
    """The records of one meter that have a number."""
    for telegram in meterbus.read(bus, address)["telegrams"]:
        for record in telegram.get("records", []):
            if "error" not in record and record["unit"]:
                print(f"  {record['name']}: {record['value']} {record['unit']}")


def main() -> int:
    """The exit status."""
    bus = sys.argv[1] if len(sys.argv) > 1 else None
    status = 0
    try:
        with meterbus.scan(bus) as search:
            for event in search:
                if event["event"] != "meter":
                    continue
                print(event["address"], event["state"])
                if event["state"] == "confirmed":
                    print_readings(bus, event["address"])
                else:
                    status = 1
    except meterbus.Error as failure:
        print(f"readings.py: {failure.kind}: {failure}", file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
