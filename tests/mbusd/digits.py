# SPDX-License-Identifier: GPL-2.0-only
"""Compares the numbers that mbusd delivered with those of the telegrams.

digits.py SCENARIO mqtt=FILE api=FILE csv=FILE influx=FILE

SCENARIO is that of the simulated wire, its meters have the same names in mbusd.
For each way the number of values and meters is printed, or what differs. What
the telegrams say is worked out here, without the library: digits and VIF.
"""
import csv
import json
import sys
from collections import Counter
from decimal import Decimal

BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 6: 6, 7: 8, 9: 1, 10: 2, 11: 3, 12: 4, 14: 6}
# First and last VIF, the power of ten of the first one (EN 13757-3, Table 10).
SCALES = [(0x00, 0x07, -3), (0x10, 0x17, -6), (0x28, 0x2F, -3), (0x38, 0x3F, -6),
          (0x58, 0x5B, -3), (0x5C, 0x5F, -3), (0x60, 0x63, -3)]
TAGS = ('quantity', 'unit', 'function', 'storage', 'tariff', 'subunit')
PLAIN = (0x22, 0x26, 0x7F)  # hours, and what the manufacturer alone knows
TIMES = (0x6C, 0x6D)


def scale(vif):
    for first, last, power in SCALES:
        if first <= vif <= last:
            return power + vif - first
    if vif in PLAIN:
        return 0
    raise ValueError(f'VIF {vif:02X}')


def number(coding, data):
    if coding < 8:
        return int.from_bytes(data, 'little', signed=True)
    return int(data[::-1].hex())


def records(telegram):
    """Of each the number, None for a time; from behind the long header."""
    data = telegram[19:-2]
    while data:
        coding, end = data[0] & 15, 0
        while data[end] & 0x80:
            end += 1
        vif = data[end + 1] & 0x7F
        end += 1
        while data[end] & 0x80:
            end += 1
        value, data = data[end + 1:end + 1 + BYTES[coding]], data[end + 1 + BYTES[coding]:]
        if vif in TIMES:
            yield None
        else:
            yield Decimal(number(coding, value)).scaleb(scale(vif))


def scenario(path):
    """The telegrams by the names of their meters."""
    telegrams, name, reading = {}, None, False
    with open(path, encoding='utf-8') as file:
        for line in file:
            if line.startswith('[meter '):
                name = line[7:].strip('] \n')
            if line.startswith('telegram'):
                reading = True
            elif not line.startswith((' ', '\t')):
                reading = False
            elif reading:
                telegrams[name] = telegrams.get(name, b'') + bytes.fromhex(line)
    return {name: list(records(telegram)) for name, telegram in telegrams.items()}


def exact(line):
    return json.loads(line, parse_float=Decimal, parse_int=Decimal)


def of_readings(readings):
    """Their numbers by meter, in order; a duplicate meter is an error."""
    found = {}
    for reading in readings:
        assert reading['meter'] not in found, reading['meter']
        found[reading['meter']] = [
            record['value'] if isinstance(record['value'], Decimal) else None
            for telegram in reading['telegrams'] for record in telegram['records']]
    return found


def mqtt(path):
    with open(path, encoding='utf-8') as file:
        messages = [line.split(' ', 1)[1] for line in file]
    return of_readings(exact(text) for text in messages if text.startswith('{'))


def api(path):
    with open(path, encoding='utf-8') as file:
        return of_readings(exact(line) for line in file)


def of_csv(path):
    found = {}
    with open(path, encoding='utf-8', newline='') as file:
        for row in csv.DictReader(file):
            value = None if row['quantity'] in ('date', 'date and time', 'due date') else \
                Decimal(row['value'])
            found.setdefault(row['meter'], []).append(value)
    return found


def keyed(reading):
    """The numbers of a reading by what InfluxDB has in its tags."""
    seen, found = Counter(), {}
    for telegram in reading['telegrams']:
        for record in telegram['records']:
            key = tuple(str(record[name]) for name in TAGS) + ('; '.join(record['modifiers']),)
            repeat, seen[key] = seen[key], seen[key] + 1
            if isinstance(record['value'], Decimal):
                found[key + (str(repeat) if repeat else '',)] = record['value']
    return found


def influx(path, readings):
    """In the order of the readings, which have no tags but the same names."""
    points = {}
    with open(path, encoding='utf-8') as file:
        answer = exact(file.read())
    for series in answer['results'][0]['series']:
        tags = series['tags']
        key = tuple(tags.get(name, '') for name in TAGS + ('modifiers', 'repeat'))
        rows = [dict(zip(series['columns'], row)) for row in series['values']]
        rows = [row for row in rows if row['value'] is not None]
        assert len(rows) <= 1, rows
        for row in rows:
            points.setdefault(tags['meter'], {})[key] = \
                Decimal(row['exact']) if row['exact'] else row['value']
    found = {}
    with open(readings, encoding='utf-8') as file:
        for line in file:
            reading = exact(line)
            mine = points.pop(reading['meter'], {})
            found[reading['meter']] = [mine.pop(key, None) for key in keyed(reading)]
            assert not mine, mine
    assert not points, points
    return found


def main():
    files = dict(word.split('=', 1) for word in sys.argv[2:])
    sent = scenario(sys.argv[1])
    ways = {'mqtt': mqtt(files['mqtt']), 'api': api(files['api']), 'csv': of_csv(files['csv']),
            'influx': influx(files['influx'], files['api'])}
    numbers = {name: [value for value in values if value is not None]
               for name, values in sent.items()}
    for way, got in ways.items():
        got = {name: [value for value in values if value is not None]
               for name, values in got.items()}
        for name in sorted(set(numbers) | set(got)):
            if numbers.get(name) != got.get(name):
                print(f'{way} {name}: sent {numbers.get(name)}, got {got.get(name)}')
        print(f'{way}: {sum(map(len, got.values()))} numbers of {len(got)} meters')


main()
