#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The API's sockets, token and certificate change while mbusd runs."""
import grp
import os
import shutil
import socket
import ssl
import stat
import sys
import threading
import time

sys.dont_write_bytecode = True
from api_client import PATIENCE, TMP, done_testing, equal, ok, receive_all, status_of
from api_daemon import Daemon
from api_tls import ask, certificate, connect, free_port, write

TOKENS = ['correct-horse-battery-staple-0123456789', 'another-horse-another-staple-9876543210']


def mode_of(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


def threads(daemon):
    return len(os.listdir(f'/proc/{daemon.process.pid}/task'))


def local(daemon):
    """The Unix socket: another group, another path."""
    equal(mode_of(daemon.socket), 0o600, 'without a group the socket is for root')
    events = daemon.events('/v1/events')
    daemon.write('north', api=f'group = {grp.getgrgid(os.getgid()).gr_name}')
    daemon.reload()
    equal(mode_of(daemon.socket), 0o660, 'with a group it is for that from then on')
    equal(events.next()[0], 'reload', 'event streams continue during the reload')
    daemon.write('north')
    daemon.reload()
    equal(mode_of(daemon.socket), 0o600, 'and for root again')
    equal(events.next()[0], 'reload', 'nor that')

    events.close()
    os.unlink(daemon.socket)
    daemon.reload()
    ok(daemon.is_fine(), 'a removed socket is made again')

    # A reading takes longer than the change.
    events = daemon.events('/v1/events')
    readings = []
    reader = threading.Thread(
        target=lambda: readings.append(daemon.json('/v1/meters/north-1/read', 'POST')))
    reader.start()
    while daemon.json('/v1/buses/north')[1]['state'] != 'reading':
        pass
    old, daemon.socket = daemon.socket, os.path.join(daemon.directory, 'other')
    daemon.write('north')
    daemon.reload()
    ok(not os.path.exists(old), 'another path: the old socket is removed')
    ok(daemon.is_fine(), 'and the new one is used')
    reader.join()
    equal((readings[0][0], readings[0][1]['outcome']), (200, 'read'),
          'a reading that was under way is answered')
    while event := events.next():
        equal(event[0] in ('reload', 'readout'), True, f'an event yet: {event[0]}')
    ok(True, 'the stream of events ends')


def trusting(cert):
    shutil.copy(f'{TMP}/{cert}', f'{TMP}/trusted.pem')
    return ssl.create_default_context(cafile=f'{TMP}/trusted.pem')


def status(port, context, token):
    try:
        return status_of(ask(port, context, [f'Authorization: Bearer {token}']))
    except ssl.SSLError:
        return 'no trust'
    except ConnectionRefusedError:
        return 'refused'


def remote(daemon):
    """By TCP: opened, another token, another certificate, another port, closed."""
    certificate('key.pem', 'cert.pem')
    certificate('key2.pem', 'cert2.pem')
    first, second = trusting('cert.pem'), trusting('cert2.pem')
    write('token', TOKENS[0] + '\n')
    port = free_port()
    api = (f'token-file = {TMP}/token\ncert-file = {TMP}/cert.pem\n'
           f'key-file = {TMP}/key.pem\nlisten = 127.0.0.1:')
    daemon.write('north', api=api + str(port))
    ok(f'listening on 127.0.0.1:{port}' in daemon.reload(), 'it listens')
    equal(status(port, first, TOKENS[0]), 200, 'and answers')

    stream = connect(port, first, 30)
    stream.sendall(b'GET /v1/events HTTP/1.1\r\nHost: m\r\n'
                   b'Authorization: Bearer ' + TOKENS[0].encode() + b'\r\n\r\n')
    ok(b'200 OK' in stream.recv(1000), 'events')
    ok('listening' not in daemon.reload(), 'nothing has changed: nothing happens')
    while b'reload' not in stream.recv(1000):
        pass
    ok(True, 'event streams continue')
    write('token', TOKENS[1] + '\n')
    daemon.reload()
    equal(status(port, first, TOKENS[0]), 401, 'another token: the old one is refused')
    equal(status(port, first, TOKENS[1]), 200, 'the new one opens')
    ok(receive_all(stream) is not None, 'streams opened with the old token end')

    for name in ('key', 'cert'):
        os.replace(f'{TMP}/{name}2.pem', f'{TMP}/{name}.pem')
    equal(status(port, first, TOKENS[1]), 200, 'a certificate is renewed')
    daemon.reload()
    equal(status(port, second, TOKENS[1]), 200, 'it is the new one then')
    equal(status(port, first, TOKENS[1]), 'no trust', 'and no longer the old one')

    shutil.copy(f'{TMP}/cert.pem', f'{TMP}/good.pem')
    shutil.copy(f'{TMP}/key.pem', f'{TMP}/cert.pem')
    ok('not a certificate and its key' in daemon.reload(), 'an invalid certificate is logged')
    equal(status(port, second, TOKENS[1]), 200, 'and the one before is served')
    shutil.copy(f'{TMP}/good.pem', f'{TMP}/cert.pem')
    with socket.create_server(('127.0.0.1', 0)) as taken:
        daemon.write('north', api=f'{api}{taken.getsockname()[1]}')
        ok('in use' in daemon.reload(), 'a port in use is logged')
        equal(status(port, second, TOKENS[1]), 200, 'and the one before is served')
    other = free_port()
    daemon.write('north', api=api + str(other))
    daemon.reload()
    equal((status(other, second, TOKENS[1]), status(port, second, TOKENS[1])), (200, 'refused'),
          'another port')
    daemon.write('north')
    daemon.reload()
    equal(status(other, second, TOKENS[1]), 'refused', 'none')


def main():
    daemon = Daemon()
    daemon.run()
    daemon.wait_for('bus north is')
    before = threads(daemon)
    local(daemon)
    remote(daemon)
    until = time.monotonic() + PATIENCE
    while threads(daemon) > before and time.monotonic() < until:
        time.sleep(0.1)
    equal(threads(daemon), before, 'of the old sockets nothing is left')

    store, daemon.store = daemon.store, os.path.join(daemon.directory, 'other.db')
    daemon.write('south')
    said = daemon.reload('the old configuration stays in use')
    ok(f'the store changes from {store} to {daemon.store}' in said and 'restart mbusd' in said,
       'a change of the store needs a restart, which is logged', said)
    equal(daemon.json('/v1/buses/north')[0], 200, 'and nothing else is changed')
    equal(daemon.end(), 0, 'it ends without leaks')
    done_testing()


main()
