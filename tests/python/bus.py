# SPDX-License-Identifier: GPL-2.0-only
"""The parts of bus.virtual.t: bus.py TESTS PART [ARGUMENT...] FOLDER."""
import json
import os
import signal
import subprocess
import sys
import threading

import meterbus
import tap
from tap import equal, ok, raises

MBUSCTL = f"{os.environ['BUILD']}/mbusctl"
FIRST, PART, *REST, FOLDER = sys.argv[1:]
tap.counts['all'] = int(FIRST)


def mbusctl(*args):
    done = subprocess.run([MBUSCTL, *args], capture_output=True, text=True, check=False)
    return [meterbus.loads(line) for line in done.stdout.splitlines()]


def same(readout):
    """A readout without what differs from one to the next."""
    text = json.loads(meterbus.dumps(readout))
    text.pop('time', None)
    for telegram in text['telegrams']:
        for key in ('raw', 'access_number'):
            telegram.pop(key, None)
    return text


def multi():
    """A meter of several telegrams, a bus that is kept, a monitor beside it."""
    (info,) = meterbus.buses()
    equal((info.name, info.tty.startswith('pts/')), ('mbus0', True), 'buses() has the bus')
    with meterbus.monitor('mbus0') as monitor, meterbus.Bus('mbus0') as bus:
        equal(repr(bus), '<meterbus.Bus mbus0>', 'a bus has a name')
        readout = bus.read(7)
        (expected,) = mbusctl('read', '--json', '--direct', '7')
        equal(same(readout), same(expected), 'read() gives what mbusctl read --json prints')
        ok(len(readout['telegrams']) > 1 and readout['outcome'] == 'read',
           'of a meter with several telegrams', readout)
        records = []
        for record in monitor:
            records.append(record)
            if record['kind'] == 'outcome' and record['outcome'] == 'frame':
                break
        equal([(r['kind'], r.get('direction')) for r in records][:3],
              [('frame', 'sent'), ('frame', 'received'), ('outcome', None)],
              'monitor() gives what happened in between')
        equal(records[0]['raw'], '1040074716', 'with its bytes')
        equal([record['seq'] for record in records], list(range(len(records))), 'in order')
        ok(all(r['bus'] == 'mbus0' and r['lost'] == 0 for r in records), 'with none lost',
           records)
        failure = raises(meterbus.SilenceError, lambda: bus.read(8), 'no meter there', '8')
        equal((failure.kind, failure.readout['outcome'], failure.readout['telegrams']),
              ('silence', 'silence', []), 'is silence, also in the readout')
        equal(failure.readout['why'], str(failure), 'with the same words')
    for use, name in ((lambda: bus.read(7), 'a bus'), (monitor.fileno, 'a monitor')):
        raises(ValueError, use, f'{name} that is closed', 'closed')
    equal(list(monitor), [], 'a closed monitor has no more records')
    equal(repr(bus), '<meterbus.Bus mbus0, closed>', 'a closed bus says so')


def keyed():
    """An encrypted meter."""
    failure = raises(meterbus.DecodeError, lambda: meterbus.read(None, 9),
                     'encrypted, no key', 'AES-128-CBC')
    equal(failure.readout['outcome'], 'read', 'was read nevertheless')
    equal(failure.readout['telegrams'][0]['meter']['id'], '12345678', 'with its meter')
    key = bytes(range(16)).hex()
    (expected,) = mbusctl('read', '--json', '--direct', '--key', key, '9')
    equal(same(meterbus.read('mbus0', 9, key=key)), same(expected), 'with its key as mbusctl')
    decoder = meterbus.Decoder(key=key)
    with meterbus.Bus() as bus:
        readouts = [same(bus.read('12345678', decoder=decoder)) for _ in range(2)]
        raises(meterbus.UsageError, lambda: bus.read(9, key=key, decoder=decoder),
               'a key and a decoder')
    ok(readouts[0] == readouts[1] and readouts[0]['telegrams'] == same(expected)['telegrams'],
       'and by a decoder that is kept', readouts)


def single():
    """Findings, callbacks that raise, and ^C."""
    findings = []
    with meterbus.Bus('mbus0') as bus:
        bus.read(4, finding=findings.append)
        equal([(f['event'], f['kind'], f['address']) for f in findings],
              [('finding', 'busy', '4')], 'findings come as they happen')

        class Odd(BaseException):
            """Nothing that anybody catches."""

        def throw(_finding):
            raise Odd

        raises(Odd, lambda: bus.read(1, finding=throw), 'what a callback raises goes to the caller')

        def nested(_finding):
            bus.read(10)

        raises(RuntimeError, lambda: bus.read(6, finding=nested),
               'a readout within a readout', 'is reading')
        equal(bus.read(10)['outcome'], 'read', 'the bus goes on')

        # As ^C does, while a meter takes its time.
        with meterbus.monitor('mbus0') as monitor:
            threading.Thread(target=lambda: (
                next(record for record in monitor if record['kind'] == 'frame'),
                os.kill(os.getpid(), signal.SIGINT))).start()
            raises(KeyboardInterrupt, lambda: bus.read(200), '^C ends a readout')
        equal(bus.read(10)['outcome'], 'read', 'the bus goes on')
        both = []
        workers = [threading.Thread(target=lambda: both.append(bus.read(10)['outcome']))
                   for _ in range(3)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        equal(both, ['read'] * 3, 'threads share a bus')


def reference():
    """Searches."""
    meters = {}
    with meterbus.scan('mbus0', '3189274F') as search:
        for event in search:
            if event['event'] == 'meter':
                meters[event['address']] = event
                if len(meters) == 1:
                    # The search goes on meanwhile.
                    readout = meterbus.read('mbus0', event['address'])
                    equal(readout['telegrams'][0]['meter']['address'], event['address'],
                          'a meter is read while the search goes on')
    equal(sorted(meters), [f'318927{n}24232804' for n in range(40, 50)],
          'scan() finds the meters of its mask')
    equal({event['state'] for event in meters.values()}, {'confirmed'}, 'all confirmed')
    equal({event['baud'] for event in meters.values()}, {2400}, 'with the rate of the bus')
    ok(all(event['evidence'] and event['raw'] for event in meters.values()), 'and the evidence')

    events = list(meterbus.scan(None, '3189274F', known=['31892799', '31892741']))
    expected = mbusctl('scan', '--json', '--direct', '--mask', '3189274F')
    equal(sorted(e['address'] for e in events if e['event'] == 'meter'),
          sorted(e['address'] for e in expected if e['event'] == 'meter'),
          'the same as mbusctl finds')
    equal([e['address'] for e in events if e['event'] == 'finding' and e['kind'] == 'missing'],
          ['31892799FFFFFFFF'], 'one that is missing is named')
    equal((events[-1]['event'], events[-1]['confirmed'], events[-1]['missing']),
          ('summary', 10, 1), 'the summary is last')
    ok(any(e['event'] == 'progress' and e['probes'] > 0 for e in events), 'with progress')

    # Stopped: by leaving it, and by the object's end.
    search = meterbus.scan()
    next(event for event in search if event['event'] == 'progress')
    search.close()
    equal(list(search), [], 'a closed search has no more events')
    ok(threading.active_count() == 1, 'and no thread', threading.enumerate())
    for _event in meterbus.scan():
        break
    ok(threading.active_count() == 1, 'as one that is dropped', threading.enumerate())
    failure = raises(meterbus.CollisionError, lambda: meterbus.read(None, 0),
                     'fifteen meters on one address')
    equal(failure.readout['telegrams'], [], 'have no readout')

    summary, expected = (list(events)[-1] for events in (
        meterbus.scan(primary=[5, 6, 250]),
        mbusctl('scan', 'primary', '5,6,250', '--json', '--direct')))
    equal(summary | {'seconds': 0}, expected | {'seconds': 0},
          'only the primary addresses that are given')

    # A program that ends in the middle of a search.
    code = 'import meterbus\ns = meterbus.scan()\nprint(next(s)["event"])\n'
    done = subprocess.run([sys.executable, '-B', '-c', code], capture_output=True, text=True,
                          check=False)
    ok(done.returncode == 0 and done.stderr == '', 'the end of a program ends a search', done)


def unplugged():
    """The adapter goes away."""
    bus, monitor, search = meterbus.Bus(), meterbus.monitor(), meterbus.scan()
    next(search)
    os.kill(int(REST[0]), signal.SIGKILL)
    raises(meterbus.UnpluggedError, lambda: list(search), 'a search of an unplugged bus')
    raises(meterbus.UnpluggedError, lambda: list(monitor), 'a monitor', 'unplugged')
    failure = raises(meterbus.UnpluggedError, lambda: bus.read(5), 'a readout')
    equal(failure.readout['outcome'], 'unplugged', 'with that outcome')
    bus.close()
    monitor.close()


globals()[PART]()
with open(f'{FOLDER}/count', 'w', encoding='utf-8') as count:
    print(tap.counts['all'], file=count)
sys.exit(tap.counts['failed'] > 0)
