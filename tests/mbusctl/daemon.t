#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""mbusctl read and scan through mbusd: same output, same status."""
import json
import os
import signal
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'mbusd'))
from api_client import BUILD, TELEGRAM, TMP, Server, done_testing, equal, ok

CONFIG = '''
[bus north]
tty = /dev/ttyS0
[meter house-1]
bus = north
address = 31892747
label.floor = 2
[bus gone]
tty = /dev/ttyS1
'''
METER = {'event': 'meter', 'state': 'confirmed', 'address': '3189274724232804', 'id': '31892747',
         'manufacturer': 'HYD', 'version': 40, 'medium': 'heat', 'medium_code': 4, 'primary': 3,
         'raw': TELEGRAM}
SILENT = {'event': 'meter', 'state': 'silent', 'address': '31892741FFFFFFFF', 'id': '31892741',
          'manufacturer': None, 'version': None, 'medium': None, 'medium_code': None,
          'primary': None, 'why': 'acknowledged 6 times'}
FINDING = {'event': 'finding', 'kind': 'collision', 'text': 'a single 00 came back',
           'address': 'FFFFFFFFFFFFFFFF'}
PROGRESS = {'event': 'progress', 'address': '0FFFFFFFFFFFFFFF', 'probes': 1, 'left': 2,
            'found': 0, 'seconds': 1, 'seconds_left': 9}
SUMMARY = {'event': 'summary', 'confirmed': 1, 'several': 0, 'silent': 1, 'suspect': 0,
           'probes': 92, 'telegrams': 110, 'seconds': 35.412}


def command(server, *args):
    return [f'{BUILD}/mbusctl', '-b', 'north', *args, '--socket', server.socket]


def mbusctl(server, *args):
    return subprocess.run(command(server, *args), capture_output=True, text=True, check=False)


def decoded():
    """The output of decode for the telegram."""
    return subprocess.run([f'{BUILD}/mbusctl', 'decode'], input=TELEGRAM, capture_output=True,
                          text=True, check=True).stdout


def read(server):
    done = mbusctl(server, 'read', '31892747')
    equal((done.returncode, done.stdout), (0, decoded()), 'read: the table')
    equal(done.stderr, 'mbusctl: note: the converter needs 50 ms\n', 'the findings')
    equal(mbusctl(server, 'read', '31892747', '--raw').stdout, TELEGRAM + '\n', 'read --raw')
    readout = json.loads(mbusctl(server, 'read', '31892747', '--json').stdout)
    equal(list(readout), ['schema', 'bus', 'time', 'id', 'site', 'meter', 'address', 'labels',
                          'outcome', 'telegrams'], 'read --json: what mbusd has of it')
    equal((readout['bus'], readout['id']), ('north', 0), 'with its names')
    done = mbusctl(server, 'read', '5')
    equal((done.returncode, done.stdout, done.stderr.splitlines()[-1]),
          (5, '', 'mbusctl: nobody answered at address 5'), 'silence')
    done = mbusctl(server, 'read', '7')
    equal((done.returncode, done.stdout, done.stderr.splitlines()[-1]),
          (7, decoded(), 'mbusctl: the second one was damaged'), 'half a readout is printed')
    done = mbusctl(server, 'read', '5', '31892747', '--raw')
    equal((done.returncode, done.stdout), (5, TELEGRAM + '\n'), 'several: the others are read')
    done = subprocess.run([f'{BUILD}/mbusctl', '-b', 'gone', 'read', '5', '--socket', server.socket],
                          capture_output=True, text=True, check=False)
    equal((done.returncode, done.stderr), (10, 'mbusctl: bus gone is not there\n'), 'unplugged')


def named(server):
    done = mbusctl(server, 'read', 'house-1')
    equal((done.returncode, done.stdout), (0, decoded()), 'read NAME: the table')
    done = subprocess.run([f'{BUILD}/mbusctl', 'read', 'house-1', '--json', '--socket', server.socket],
                          capture_output=True, text=True, check=False)
    readout = json.loads(done.stdout)
    equal((readout['meter'], readout['labels'], readout['id']), ('house-1', {'floor': '2'}, 99),
          'read NAME --json: name, labels, id in the store')
    ok('"findings"' not in done.stdout and '"text"' not in done.stdout, 'and nothing else')
    done = mbusctl(server, 'read', 'nobody')
    ok(done.returncode == 2 and "no meter 'nobody'" in done.stderr, 'an unknown name', done)
    done = subprocess.run([f'{BUILD}/mbusctl', '-b', 'gone', 'read', 'house-1', '--socket', server.socket],
                          capture_output=True, text=True, check=False)
    ok(done.returncode == 2 and 'is on bus north, not on gone' in done.stderr, 'on another bus', done)
    for name in ('csv', 'xml', 'xml-normalized', 'influx', 'annotated'):
        done = mbusctl(server, 'read', 'house-1', '--format', name)
        same = subprocess.run([f'{BUILD}/mbusctl', 'decode', '--format', name], input=TELEGRAM,
                              capture_output=True, text=True, check=True).stdout
        ok(done.returncode == 0 and done.stdout.count('\n') == same.count('\n') > 0,
           f'--format {name}', done.stdout, same)


def ways(server):
    for args, name in ((('read', '31892747', '--direct'), '--direct'),
                       (('read', '31892747', '--quirks', 'sontex'), 'quirks'),
                       (('scan', '--direct'), 'scan --direct'),
                       (('scan', '--guard', '100'), 'a guard'),
                       (('scan', 'primary', '1-20'), 'some addresses')):
        done = mbusctl(server, *args)
        ok(done.returncode == 3 and 'north' in done.stderr, f'{name}: not by mbusd', done)
    environment = os.environ | {'MBUSD_SOCKET': f'{TMP}/none'}
    done = subprocess.run([f'{BUILD}/mbusctl', '-b', 'mbus99', 'read', '5'], env=environment,
                          capture_output=True, text=True, check=False)
    ok(done.returncode == 3 and 'mbus99' in done.stderr and done.stderr.count('\n') == 1,
       'without an mbusd: no message about it', done)
    done = subprocess.run([f'{BUILD}/mbusctl', 'read', '5', '--socket', f'{TMP}/none'],
                          capture_output=True, text=True, check=False)
    ok(done.returncode == 1 and done.stderr.startswith(f'mbusctl: no mbusd listens at {TMP}/none; '),
       'unless one was to be asked', done)


def without_libcurl():
    # In its place a library that has none of its functions.
    folder = f'{TMP}/empty'
    os.mkdir(folder)
    subprocess.run(['cc', '-shared', '-x', 'c', '-o', f'{folder}/libcurl.so.4', '/dev/null'],
                   check=True)
    environment = os.environ | {'LD_LIBRARY_PATH': folder}
    for args in (('meters',), ('history', 'house 1'), ('read', '5', '--socket', f'{TMP}/none')):
        done = subprocess.run([f'{BUILD}/mbusctl', *args], env=environment, capture_output=True,
                              text=True, check=False)
        ok(done.returncode == 1 and done.stderr.count('\n') == 1 and
           done.stderr.startswith('mbusctl: mbusd cannot be asked without libcurl: ') and
           done.stderr.endswith('; install libcurl4\n'), f'{args[0]} without libcurl', done)
    done = subprocess.run([f'{BUILD}/mbusctl', 'decode', '-'], env=environment, input=TELEGRAM,
                          capture_output=True, text=True, check=False)
    ok(done.returncode == 0 and done.stderr == '', 'decode needs no libcurl', done)


def publish(server, scan, *events):
    for event in events:
        server.command(f'publish {event["event"]} ' +
                    json.dumps(event | {'bus': 'north', 'scan': scan}, separators=(',', ':')))


def follow(server, scan, events, *args, interrupt=False):
    process = subprocess.Popen(command(server, 'scan', *args), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    server.command('started')
    publish(server, scan, *events[:-1])
    if interrupt:
        # Wait until it follows the search: its first output shows that.
        first = process.stdout.readline()
        process.send_signal(signal.SIGINT)
        server.command('ended')
    publish(server, scan, events[-1])
    out, err = process.communicate()
    if not interrupt:
        server.ask('DELETE', f'/v1/buses/north/scans/{scan}')
        return process.returncode, out, err
    return process.returncode, first + out, err


def scan(server):
    events = [FINDING, PROGRESS, METER, SILENT, SUMMARY]
    status, out, err = follow(server, 1, events)
    equal((status, err), (8, ''), 'scan: its status')
    equal(out.splitlines(),
          ['note: a single 00 came back',
           '3189274724232804  confirmed  HYD 28 heat           primary 3',
           '31892741FFFFFFFF  silent                           ',
           '  acknowledged 6 times',
           '1 confirmed, 1 silent (92 probes, 110 telegrams, 35 s)'], 'scan: a line each')
    status, out, err = follow(server, 2, events, '--json', '--primary')
    equal([json.loads(line) for line in out.splitlines()],
          [event for event in events if event is not PROGRESS], 'scan --json: the same objects')
    equal(list(json.loads(out.splitlines()[1])), list(METER), 'in the same order')

    broken = SUMMARY | {'error': {'kind': 'unplugged', 'text': 'north: unplugged'}}
    status, out, err = follow(server, 3, [METER, broken])
    equal((status, err), (10, 'mbusctl: north: unplugged\n'), 'a search that fails')
    status, out, err = follow(server, 4, [METER, SUMMARY | {'stopped': True, 'silent': 0}],
                              interrupt=True)
    equal((status, out.splitlines()[-1]),
          (130, 'stopped; so far: 1 confirmed (92 probes, 110 telegrams, 35 s)'),
          '^C ends it, and prints what was found')
    empty = SUMMARY | {'confirmed': 0, 'silent': 0}
    equal(follow(server, 5, [empty])[0], 5, 'nothing found')
    process = subprocess.Popen(command(server, 'scan'), stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, text=True)
    server.command('started')
    done = mbusctl(server, 'scan')
    equal((done.returncode, done.stderr), (11, 'mbusctl: bus north is being searched already\n'),
          'one at a time')
    process.kill()
    process.communicate()


def main():
    server = Server(CONFIG)
    for part in (read, named, ways, scan):
        part(server)
    equal(server.stop(), 0, 'mbusd ends')
    without_libcurl()
    done_testing()


main()
