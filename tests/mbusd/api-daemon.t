#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The API of the whole daemon, on simulated wires."""
import os
import signal
import sys

sys.dont_write_bytecode = True
from api_client import done_testing, equal, ok
from api_daemon import Daemon


def search(daemon):
    """Starts a search, right after the summary of the one before."""
    equal(daemon.json('/v1/buses/north/scans', 'POST')[0], 202, 'the next search begins')


def main():
    daemon = Daemon()
    daemon.run()
    daemon.wait_for('bus north is')
    equal(daemon.json('/v1/buses/north')[1]['state'], 'idle', 'the bus is there')
    events = daemon.events('/v1/events')
    status, reading = daemon.json('/v1/meters/north-1/read', 'POST')
    equal((status, reading['outcome'], reading['id']), (200, 'read', 1), 'a meter is read')
    name, data, _ = events.next()
    equal((name, data['id'], data['meter']), ('readout', 1, 'north-1'), 'an event reports it')
    equal([line['telegrams'][0]['raw'] for line in daemon.lines('/v1/readings')[1]],
          [reading['telegrams'][0]['raw']], 'it is in the history')
    equal(daemon.json('/v1/meters/north-1/read', 'POST')[0], 200, 'a second time today')
    status, answer = daemon.json('/v1/meters/north-1/read', 'POST')
    equal((status, answer['error']['kind']), (409, 'busy'), 'and no third time')
    equal(daemon.json('/v1/meters/north-1/read?force=true', 'POST')[0], 200, 'unless forced')
    status, reading = daemon.json('/v1/buses/north/read?address=10000002', 'POST')
    equal((status, reading['id']), (200, 0), 'one that is not configured')
    status, answer = daemon.json('/v1/buses/north/read?address=10000009', 'POST')
    equal((status, answer['error']['kind']), (504, 'silence'), 'one that is not there')

    equal(daemon.json('/v1/buses/north/scans?mask=1000000F', 'POST')[0], 202, 'a search')
    follow = daemon.events('/v1/buses/north/scans/1/events')
    found = []
    while event := follow.next():
        if event[0] == 'meter':
            found.append(event[1]['address'])
    equal(sorted(found), [f'1000000{i}24232804' for i in range(3)], 'finds them')
    equal(daemon.json('/v1/buses/north/scans/1')[1]['events'][-1]['confirmed'], 3, 'all three')
    search(daemon)
    daemon.ask('DELETE', '/v1/buses/north/scans/2')
    follow = daemon.events('/v1/buses/north/scans/2/events')
    last = None
    while event := follow.next():
        last = event
    equal((last[0], last[1]['stopped']), ('summary', True), 'a search is cancelled')

    # A bus is unplugged during a search.
    search(daemon)
    follow = daemon.events('/v1/buses/north/scans/3/events')
    daemon.write('south')
    daemon.process.send_signal(signal.SIGHUP)
    while event := follow.next():
        last = event
    equal((last[0], last[1]['scan']), ('summary', 3), 'a bus goes away: its search ends')
    daemon.wait_for('bus south is')
    equal(daemon.get('/v1/buses/north')[0], 404, 'it is no longer there')
    equal(daemon.json('/v1/meters/south-1/read', 'POST')[0], 200, 'but the new one')
    equal(len(daemon.lines('/v1/readings')[1]), 4, 'readings stay')
    ok('mbus' in daemon.get('/metrics')[2], 'metrics')

    # The daemon ends during requests.
    daemon.json('/v1/buses/south/scans', 'POST')
    follow = daemon.events('/v1/buses/south/scans/1/events')
    equal(daemon.end(), 0, 'it ends')
    kinds = set()
    while event := follow.next():
        kinds.add(event[0])
    ok('progress' in kinds or not kinds, 'without waiting for the end of a search', kinds)
    while events.next():
        pass
    ok(True, 'all streams end')
    ok(not os.path.exists(daemon.socket), 'and the socket is removed')
    done_testing()


main()
