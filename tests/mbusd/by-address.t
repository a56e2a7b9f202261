#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""A readout by address is that of the configured meter, if there is one."""
import os
import subprocess
import sys

sys.dont_write_bytecode = True
from api_client import BUILD, done_testing, equal, ok
from api_daemon import Daemon


def read(daemon, query):
    """Status, id of the readout in the store, name of the meter."""
    status, answer = daemon.json(f'/v1/buses/north/read?address={query}', 'POST')
    reading = answer.get('reading', answer)
    return status, reading.get('id'), reading.get('meter')


def main():
    daemon = Daemon()
    with open(daemon.config, 'a', encoding='utf-8') as file:
        file.write('label.house = 12\n[meter absent]\nbus = north\naddress = 10000009\n')
    daemon.run()
    daemon.wait_for('bus north is')
    events = daemon.events('/v1/events')

    tool = subprocess.run([f'{BUILD}/mbusctl', '-b', 'north', 'read', '10000001'],
                          env=os.environ | {'MBUSD_SOCKET': daemon.socket, 'LC_ALL': 'C'},
                          capture_output=True, text=True, check=False)
    ok(tool.returncode == 0 and '174 843.1 ' in tool.stdout, 'mbusctl reads it through mbusd',
       tool.stdout, tool.stderr)
    stored = daemon.lines('/v1/meters/north-1/readings')[1]
    equal([(line['id'], line['address'], line['labels']) for line in stored],
          [(1, '10000001FFFFFFFF', {'house': '12'})], 'that is in the history of the meter')
    name, data, _ = events.next()
    equal((name, data['id'], data['meter']), ('readout', 1, 'north-1'), 'and published')

    equal(read(daemon, '10000001.HYD.28.04'), (200, 2, 'north-1'), 'its address in full')
    equal(read(daemon, '10000001'), (409, None, None), 'its reads of the day are used up')
    equal(read(daemon, '10000001&force=true'), (200, 3, 'north-1'), 'unless forced')
    equal(read(daemon, 'FFFFFFF1'), (200, 4, 'north-1'), 'by its answer it is known, too')
    equal(read(daemon, '10000002'), (200, 0, ''), 'one that is not configured is not stored')
    equal(read(daemon, '10000008'), (504, 0, ''), 'nor that there is no answer')
    equal(read(daemon, '10000009'), (504, 5, 'absent'), 'but of one that is, that is stored')
    equal([line['id'] for line in daemon.lines('/v1/readings')[1]], [1, 2, 3, 4, 5],
          'nothing else is in the store')
    equal(daemon.end(), 0, 'it ends without leaks')
    done_testing()


main()
