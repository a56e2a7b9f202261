#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The API of the whole daemon, on simulated wires: what it asks for happens."""
import os
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
from api_client import BUILD, TOP, Server, done_testing, equal, ok

with open(os.path.join(TOP, 'tests/mbusd/sim/wire.ini.in'), encoding='utf-8') as template:
    WIRE = template.read().replace('@id@', '10000000-10000002')


class Daemon(Server):
    """mbusd with the sanitizers, its wires simulated."""

    def __init__(self):
        super().__init__(start=False)
        self.write('north')

    def wire(self, bus):
        return os.path.join(self.directory, bus)

    def write(self, *buses):
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(f'[mbusd]\nsite = test\nstore = {self.store}\n'
                       f'[api]\nsocket = {self.socket}\n')
            for bus in buses:
                file.write(f'[bus {bus}]\ntty = {self.wire(bus)}\n'
                           f'[meter {bus}-1]\nbus = {bus}\naddress = 10000001\n'
                           f'reads-per-day = 2\n')
        for bus in buses:
            with open(self.wire(bus), 'w', encoding='utf-8') as file:
                file.write(WIRE)

    def run(self):
        self.log = open(os.path.join(self.directory, 'log'), 'w', encoding='utf-8')
        # As slow as a real wire: a search takes minutes then.
        environment = os.environ | {'MBUSD_SIM_PACE': '1'}
        self.process = subprocess.Popen([f'{BUILD}/tests/mbusd/mbusd-sim', '-c', self.config],
                                        stderr=self.log, env=environment)
        self.wait_for('runs with')

    def wait_for(self, message, seconds=20):
        until = time.monotonic() + seconds
        while message not in self.messages():
            if time.monotonic() > until or self.process.poll() is not None:
                raise RuntimeError(f'no {message!r} in {self.messages()}')
            time.sleep(0.05)

    def end(self):
        began = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60), time.monotonic() - began


def main():
    daemon = Daemon()
    daemon.run()
    daemon.wait_for('bus north is')
    equal(daemon.json('/v1/buses/north')[1]['state'], 'idle', 'the bus is there')
    events = daemon.events('/v1/events')
    status, reading = daemon.json('/v1/meters/north-1/read', 'POST')
    equal((status, reading['outcome'], reading['id']), (200, 'read', 1), 'a meter is read')
    name, data, _ = events.next()
    equal((name, data['id'], data['meter']), ('readout', 1, 'north-1'), 'an event tells')
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
    daemon.json('/v1/buses/north/scans', 'POST')
    daemon.ask('DELETE', '/v1/buses/north/scans/2')
    follow = daemon.events('/v1/buses/north/scans/2/events')
    last = None
    while event := follow.next():
        last = event
    equal((last[0], last[1]['stopped']), ('summary', True), 'a search is cancelled')

    # A bus goes away while it is searched.
    daemon.json('/v1/buses/north/scans', 'POST')
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

    # It ends while it is being asked.
    daemon.json('/v1/buses/south/scans', 'POST')
    follow = daemon.events('/v1/buses/south/scans/1/events')
    status, seconds = daemon.end()
    equal(status, 0, 'it ends')
    ok(seconds < 20, 'at once', seconds)
    while follow.next():
        pass
    while events.next():
        pass
    ok(True, 'all streams end')
    ok(not os.path.exists(daemon.socket), 'and the socket is gone')
    done_testing()


main()
