#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""mbusctl history and meters: output of stored readouts."""
import csv
import io
import json
import os
import socket
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'mbusd'))
from api_client import BUILD, HOUSE, SECOND, TELEGRAM, TMP, Server, done_testing, equal, ok

CONFIG = HOUSE + '''schedule = 15m
[meter never]
bus = north
address = 7
[meter silent]
bus = north
address = 6
'''
# Energy of 12 digits times 10^10 J: more than 64 bits. Then text with characters
# that are special to CSV and terminals, and a second energy.
HOSTILE = '0E8F7D999999999999' + '0D FD 11 06 22 2C 1B 0A 62 61'.replace(' ', '') + '0C0578563412'


def telegram(data):
    body = bytes.fromhex('080178' + data)
    return (bytes([0x68, len(body), len(body), 0x68]) + body +
            bytes([sum(body) & 0xFF, 0x16])).hex().upper()


def mbusctl(*args, **env):
    return subprocess.run([f'{BUILD}/mbusctl', *args], capture_output=True, text=True,
                          check=False, env=os.environ | {'TZ': 'CET-1'} | env)


def history(server, *args):
    return mbusctl('history', '--socket', server.socket, *args)


def table(server):
    done = history(server, 'house-1')
    equal(done.returncode, 0, 'history')
    lines = done.stdout.splitlines()
    equal(lines[:3], ['time                 energy kWh      change',
                      '2026-01-01 01:00:00   174 843.1',
                      '2026-01-01 01:00:01   174 843.1          +0'],
          'a line a readout, with titles, in local time, and the change since the last one')
    equal(lines[4], '2026-01-01 01:16:40  silence: nobody answered',
          'a failure has its reason')
    si = history(server, 'house-1', '--units', 'si').stdout.splitlines()
    equal(si[:2], ['time                  energy Wh      change',
                   '2026-01-01 01:00:00   174843100'], '--units si')
    german = mbusctl('history', 'house-1', '--socket', server.socket, LANG='de_DE.UTF-8')
    equal(german.stdout.splitlines()[:2], ['Zeit                 Energie kWh    Änderung',
                                           '2026-01-01 01:00:00    174 843,1'],
          'in German')
    equal(len([line for line in lines if line.startswith('time')]), 2,
          'titles again where they change')
    equal(lines[6].split()[2:], '9 999 999 999 990 1 234 567.8'.split(),
          'larger than 64 bits, to the last digit')
    ok(not any(ord(c) < 32 for c in done.stdout if c != '\n'),
       'nothing of a meter steers the terminal', done.stdout)


def formats(server):
    done = history(server, 'house-1', '--format', 'json')
    equal(done.stdout, server.get('/v1/meters/house-1/readings')[2],
          'JSON is that of mbusd, byte for byte')
    equal(history(server, 'house-1', '--json').stdout, done.stdout, '--json is the same')
    done = history(server, 'house-1', '--format', 'csv')
    rows = list(csv.DictReader(io.StringIO(done.stdout, newline='')))
    equal(len(rows), 3 + 1 + 3, 'CSV: a line a record, and a line a failure')
    equal([rows[0][key] for key in ('time', 'site', 'bus', 'meter', 'outcome', 'quantity',
                                    'value', 'unit', 'storage', 'raw')],
          ['2026-01-01T00:00:00.000Z', 'test', 'north', 'house-1', 'read', 'energy',
           '174843100', 'Wh', '0', '0C0531847401'], 'its columns')
    equal((rows[3]['outcome'], rows[3]['why'], rows[3]['value']),
          ('silence', 'nobody answered', ''), 'a failure')
    equal(rows[4]['value'], '9999999999990000000000', 'exact')
    equal(rows[5]['value'], 'ab\n?,"', 'no control character reaches a terminal')
    ok(all(None not in row and None not in row.values() for row in rows),
       'all lines have as many fields as the first', rows)


def ranges(server):
    def times(*args):
        done = history(server, 'house-1', '--json', *args)
        return [json.loads(line)['time'][11:19] for line in done.stdout.splitlines()]

    equal(times('--limit', '2'), ['00:16:40', '00:33:20'], 'the newest two, in order of time')
    equal(times('--limit', '100'), times(), 'a limit above the number of readouts')
    equal(times('--since', '2026-01-01T00:00:01Z', '--until', '2026-01-01T00:16:40Z'),
          ['00:00:01', '00:00:02'], 'since is inclusive, until is not')
    equal(times('--since', '2026-01-01 01:16:40'), ['00:16:40', '00:33:20'],
          'a time without offset is local')
    equal(times('--until', '2026-01-01'), [], 'a date is its 00:00')
    equal(times('--since', '99999d', '--limit', '1'), ['00:33:20'], 'days ago')
    done = history(server, 'house-1', '--since', '1m')
    equal((done.returncode, done.stderr), (5, 'mbusctl: no readouts of house-1 in this period\n'),
          'nothing then')
    equal(history(server, 'never').returncode, 5, 'a meter without readouts')


def refused(server):
    for args, why in ((('house-1', '--since', 'soon'), "--since soon: not a time"),
                      (('house-1', '--since', '2026-13-01'), "--since 2026-13-01: not a time"),
                      (('house-1', '--limit', '0'), '--limit 0: not a number'),
                      (('house-1', '--limit', '-1'), '--limit -1: not a number'),
                      (('house-1', '--format', 'xml'), '--format xml: unknown format; use table, csv or json'),
                      ((), 'no meter name given'), (('a', 'b'), 'only one meter may be given'),
                      (('nobody',), "mbusd has no meter 'nobody'"),
                      (('../buses',), "there is no /v1/meters/../buses/readings"),
                      (('x?limit=1',), "mbusd has no meter 'x?limit=1'"),
                      (('',), 'there is no /v1/meters//readings')):
        done = history(server, *args)
        ok(done.returncode == 2 and done.stderr.startswith(f'mbusctl: {why}') and not done.stdout,
           f'refused: {why}', done)
    done = mbusctl('meters', 'x', '--socket', server.socket)
    equal(done.returncode, 2, 'meters takes no name')


def meters(server):
    done = mbusctl('meters', '--socket', server.socket)
    equal(done.stdout.splitlines(),
          ['meter    bus    address           last readout         outcome',
           'house-1  north  31892747FFFFFFFF  2026-01-01 01:33:20  read',
           'never    north  7                 never read',
           'silent   north  6                 2026-01-01 01:00:00  silence: \'"no\\answer"\''],
          'meters: each with its last readout')
    done = mbusctl('meters', '--json', MBUSD_SOCKET=server.socket)
    equal([json.loads(line) for line in done.stdout.splitlines()],
          server.json('/v1/meters')[1]['meters'], 'meters --json, by MBUSD_SOCKET')
    done = mbusctl('meters', '--values', '--socket', server.socket)
    equal((done.returncode, done.stdout.splitlines()),
          (0, ['meter    time                         energy GJ   energy kWh',
               'house-1  2026-01-01 01:33:20  9 999 999 999 990  1 234 567.8']),
          'meters --values: the last values of each')
    done = mbusctl('meters', '--values', '--units', 'si', '--socket', server.socket)
    ok('energy Wh' in done.stdout, 'in other units', done.stdout)
    done = mbusctl('meters', '--values', '--json', '--socket', server.socket)
    equal(done.stdout, server.get('/v1/readings/latest')[2], 'as JSON')


def no_daemon(server):
    def one_line(path, status, why):
        for command in (['meters'], ['history', 'house-1']):
            done = mbusctl(*command, '--socket', path)
            ok(done.returncode == status and done.stderr.count('\n') == 1 and
               done.stderr.startswith(f'mbusctl: {why}'), f'{command[0]}: {why}', done)

    one_line(f'{TMP}/none', 1, f'no mbusd listens at {TMP}/none; ')
    equal(server.stop(), 0, 'mbusd ends')
    one_line(server.socket, 1, f'no mbusd listens at {server.socket}; ')
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(f'{TMP}/stale')
    stale.close()
    one_line(f'{TMP}/stale', 1, f'no mbusd listens at {TMP}/stale; ')
    one_line('/' + 'x' * 200, 2, '/xx')


def main():
    server = Server(CONFIG)
    server.command(f'add house-1 {SECOND} {TELEGRAM}', f'fill house-1 {SECOND + 1} 2',
                f'fail house-1 {SECOND + 1000} nobody answered',
                f'add house-1 {SECOND + 2000} {telegram(HOSTILE)}',
                f'fail silent {SECOND} \'"no\\answer"\'')
    for part in (table, formats, ranges, refused, meters, no_daemon):
        part(server)
    done_testing()


main()
