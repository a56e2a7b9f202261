#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Access to the API: owner and mode of the Unix socket, TCP with TLS and tokens."""
import grp
import http.client
import os
import socket
import ssl
import stat
import sys
import warnings

sys.dont_write_bytecode = True
from api_client import (HOUSE, PATIENCE, TMP, Server, done_testing, equal, error_of, ok,
                        receive_all, status_of)
from api_tls import ask, certificate, connect, free_port, write

BUS = '[bus north]\ntty = /dev/ttyS0\n'
TOKEN = 'correct-horse-battery-staple-0123456789'


def mode_of(path):
    entry = os.lstat(path)
    return stat.S_IMODE(entry.st_mode), entry.st_gid


def socket_file():
    server = Server(BUS)
    equal(mode_of(server.socket)[0], 0o600, 'without a group the socket is for root')
    status = server.stop()
    equal((status, os.path.exists(server.socket)), (0, False), 'at the end it is gone')

    if os.getuid() == 0:
        group = grp.getgrnam('nogroup')
        server = Server(BUS, api='group = nogroup')
        equal(mode_of(server.socket), (0o660, group.gr_gid), 'with a group it is for that, too')
        server.stop()
    server = Server(BUS, api=f'group = {grp.getgrgid(os.getgid()).gr_name}')
    equal(mode_of(server.socket), (0o660, os.getgid()), 'with our own group')

    second = Server(BUS, start=False)
    os.rename(second.config, second.config + '.old')
    with open(server.config, encoding='utf-8') as one, \
            open(second.config, 'w', encoding='utf-8') as other:
        other.write(one.read().replace(server.store, second.store))
    ok(not second.start() and f'another mbusd serves {server.socket}' in second.messages(),
       'a socket that is served is left alone', second.messages())
    equal(second.process.wait(10), 1, 'and the second mbusd ends')
    ok(server.is_fine(), 'the first one continues')

    server.process.kill()
    server.process.wait()
    ok(os.path.exists(server.socket), 'kill -9 leaves a socket behind')
    ok(server.start() and server.is_fine(), 'the next mbusd replaces it')
    os.unlink(server.socket)
    with open(server.socket, 'w', encoding='utf-8') as file:
        file.write('of somebody else')
    equal(server.stop(), 0, 'a file of another program is there at the end')
    ok(os.path.exists(server.socket), 'and it is kept')
    ok(not server.start() and 'not a socket' in server.messages(), 'nor is it replaced by the next',
       server.messages())
    os.unlink(server.socket)

    for path, why in ((f'{TMP}/missing/folder/sock', 'No such file'), ('/' + 'x' * 120, 'too long')):
        server = Server(BUS, start=False)
        with open(server.config, encoding='utf-8') as file:
            text = file.read().replace(f'socket = {server.socket}', f'socket = {path}')
        with open(server.config, 'w', encoding='utf-8') as file:
            file.write(text)
        ok(not server.start() and why in server.messages(), f'refused: {why}', server.messages())


def tokens(port, context):
    good = f'Authorization: Bearer {TOKEN}'
    equal(status_of(ask(port, context, [good])), 200, 'the token opens')
    equal(status_of(ask(port, context, [good.replace('Bearer', 'bearer')])), 200,
          'the scheme in any case')
    for headers in ([], ['Authorization: Bearer'], ['Authorization: Bearer '],
                    [good[:-1]], [good + 'x'], [good.upper()], [f'Authorization: Basic {TOKEN}'],
                    [f'Authorization: {TOKEN}'], [f'X-Token: {TOKEN}'],
                    ['Authorization: Bearer ' + 'x' * 8000], ['Authorization: Bearer ü\x01']):
        answer = ask(port, context, headers)
        ok(status_of(answer) == 401 and error_of(answer) == 'permission' and
           b'WWW-Authenticate: Bearer' in answer, f'refused: {headers}'[:60].strip(), answer)
    for method, path in (('GET', '/openapi.yaml'), ('GET', '/nope'), ('POST', '/v1/meters/x/read'),
                         ('GET', '/v1/events'), ('BREW', '/')):
        equal(status_of(ask(port, context, [], method, path)), 401,
              f'nothing without the token: {method} {path}')
    answer = ask(port, context, ['Content-Length: 1073741824'], 'POST', '/v1/meters/x/read')
    equal(status_of(answer), 401, 'nor a body')


def tls():
    certificate('key.pem', 'cert.pem')
    token = write('token', TOKEN + '\n')
    port = free_port()
    api = (f'listen = 127.0.0.1:{port}\ntoken-file = {token}\ncert-file = {TMP}/cert.pem\n'
           f'key-file = {TMP}/key.pem')
    server = Server(BUS, api=api, limits=['request=1'])
    context = ssl.create_default_context(cafile=f'{TMP}/cert.pem')
    tokens(port, context)
    equal(server.get('/v1/status')[0], 200, 'the Unix socket asks for no token')
    ok(TOKEN not in server.messages(), 'no message contains the token')

    with socket.create_connection(('127.0.0.1', port), 10) as plain:
        plain.sendall(b'GET /v1/status HTTP/1.1\r\nHost: m\r\n'
                      b'Authorization: Bearer ' + TOKEN.encode() + b'\r\n\r\n')
        ok(b'200' not in (receive_all(plain) or b''), 'no HTTP without TLS')
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers('ALL:@SECLEVEL=0')
    # Python refuses to request this old version by default.
    warnings.simplefilter('ignore', DeprecationWarning)
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    try:
        connect(port, old).close()
        ok(False, 'no TLS 1.1')
    except (ssl.SSLError, OSError):
        ok(True, 'no TLS 1.1')
    with socket.create_connection(('127.0.0.1', port), PATIENCE) as silent:
        ok(receive_all(silent) is not None, 'a handshake that never begins is cut off')
    ok(server.is_fine(), 'the server continues')
    equal(server.stop(), 0, 'it ends without leaks')

    other = Server(BUS, api=api.replace('cert.pem', 'key.pem'), start=False)
    ok(not other.start(), 'a key in place of the certificate', other.messages())
    taken = Server(BUS, api=api)
    busy = Server(BUS, api=api, start=False)
    ok(not busy.start() and 'in use' in busy.messages(), 'a port in use', busy.messages())
    taken.stop()


def as_user(server, user, groups, path, method='GET'):
    """The status of a request by a process of that user; None if it gets no answer."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups(groups)
            os.setgid(user)
            os.setuid(user)
            os.write(writer, str(server.ask(method, path)[0]).encode())
        finally:
            # What this process has at its exit is its parent's.
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    answer = os.read(reader, 10).decode()
    os.close(reader)
    return int(answer) if answer else None


def roles():
    """Roles of tokens and groups."""
    certificate('key.pem', 'cert.pem')
    names = {'read': 'r' * 32, 'operate': 'o' * 32, 'admin': 'a' * 32}
    files = {role: write(f'token-{role}', text + '\n') for role, text in names.items()}
    port = free_port()
    server = Server(HOUSE, api=f'listen = 127.0.0.1:{port}\nread-token-file = {files["read"]}\n'
                    f'operate-token-file = {files["operate"]}\ntoken-file = {files["admin"]}\n'
                    f'cert-file = {TMP}/cert.pem\nkey-file = {TMP}/key.pem')
    context = ssl.create_default_context(cafile=f'{TMP}/cert.pem')
    read, force = '/v1/meters/house-1/read', '/v1/meters/house-1/read?force=true'
    for role, want in (('read', (200, 403, 403)), ('operate', (200, 200, 403)),
                       ('admin', (200, 200, 200))):
        headers = [f'Authorization: Bearer {names[role]}']
        got = (status_of(ask(port, context, headers)),
               status_of(ask(port, context, headers, 'POST', read)),
               status_of(ask(port, context, headers, 'POST', force)))
        equal(got, want, f'what {role} may: read the state, read a meter, beyond its budget')
    for token in ('', 'wrong'):
        status_of(ask(port, context, [f'Authorization: Bearer {token}']))
    messages = server.messages()
    equal((messages.count('failed login from 127.0.0.1'), 'wrong' in messages), (1, False),
          'failed logins are in the log, not each of them, nor what they sent')
    ciphers = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ciphers.check_hostname, ciphers.verify_mode = False, ssl.CERT_NONE
    ciphers.maximum_version = ssl.TLSVersion.TLSv1_2
    ciphers.set_ciphers('ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA384:ECDHE-ECDSA-AES256-SHA')
    try:
        connect(port, ciphers).close()
        ok(False, 'no CBC')
    except (ssl.SSLError, OSError):
        ok(True, 'no CBC')
    ciphers.set_ciphers('ECDHE-ECDSA-AES256-GCM-SHA384')
    connect(port, ciphers).close()
    ok(True, 'TLS 1.2 with GCM')
    equal(server.stop(), 0, 'it ends')

    for name, text, why in (('short', 'x' * 15, 'shorter than 16'),):
        bad = Server(HOUSE, api=f'token-file = {write(name, text)}', start=False)
        ok(not bad.start() and why in bad.messages(), f'a {name} token', bad.messages())
    os.chmod(f'{TMP}/key.pem', 0o644)
    bad = Server(HOUSE, api=f'listen = 127.0.0.1:{port}\ntoken-file = {files["admin"]}\n'
                 f'cert-file = {TMP}/cert.pem\nkey-file = {TMP}/key.pem', start=False)
    ok(not bad.start() and 'key.pem\' is world-readable' in bad.messages(),
       'a key everybody may read', bad.messages())
    os.chmod(f'{TMP}/key.pem', 0o600)


def get_plain(port, path, method='GET', host='127.0.0.1'):
    """The status and body of a request without TLS and token."""
    client = http.client.HTTPConnection(host, port, timeout=PATIENCE)
    client.request(method, path)
    answer = client.getresponse()
    body = answer.read().decode()
    client.close()
    return answer.status, body


def metrics():
    """metrics-listen serves metrics and nothing else."""
    port = free_port()
    server = Server(HOUSE, api=f'metrics-listen = 127.0.0.1:{port}')
    status, body = get_plain(port, '/metrics')
    equal((status, 'mbusd_bus_up' in body), (200, True), 'metrics need no token on loopback')
    for method, path in (('GET', '/v1/status'), ('GET', '/v1/events'), ('GET', '/openapi.yaml'),
                         ('POST', '/v1/meters/house-1/read')):
        equal(get_plain(port, path, method)[0], 403, f'nothing else there: {method} {path}')
    equal(server.get('/v1/status')[0], 200, 'the socket serves all')
    busy = Server(HOUSE, api=f'metrics-listen = 127.0.0.1:{port}', start=False)
    ok(not busy.start() and f'[api] metrics-listen = 127.0.0.1:{port}: ' in busy.messages(),
       'its port in use', busy.messages())
    equal(server.stop(), 0, 'it ends without leaks')
    try:
        with socket.socket(socket.AF_INET6) as free:
            free.bind(('::1', 0))
            port = free.getsockname()[1]
    except OSError:
        return	# no IPv6 here
    server = Server(HOUSE, api=f'metrics-listen = [::1]:{port}')
    equal(get_plain(port, '/metrics', host='::1')[0], 200, 'they are served by IPv6, too')
    equal(server.stop(), 0, 'it ends')


def slow_logins():
    """The answer to a wrong token is delayed."""
    certificate('key.pem', 'cert.pem')
    port = free_port()
    server = Server(HOUSE, api=f'listen = 127.0.0.1:{port}\ntoken-file = {write("t", TOKEN)}\n'
                    f'cert-file = {TMP}/cert.pem\nkey-file = {TMP}/key.pem',
                    limits=['refusal=300000', 'address=4'])
    context = ssl.create_default_context(cafile=f'{TMP}/cert.pem')
    waiting = connect(port, context)
    waiting.sendall(b'GET /v1/status HTTP/1.1\r\nHost: m\r\n\r\n')
    silent = [socket.create_connection(('127.0.0.1', port), PATIENCE) for _ in range(3)]
    fifth = socket.create_connection(('127.0.0.1', port), PATIENCE)
    equal(receive_all(fifth), b'', 'an address has as many connections as the limit')
    for each in silent:
        each.close()
    waiting.settimeout(0.1)
    try:
        got = waiting.recv(1)
    except TimeoutError:
        got = None
    equal(got, None, 'a failed login waits for its answer')
    equal(server.stop(), 0, 'which does not delay the end')


def groups():
    if os.getuid():
        return
    os.chmod(TMP, 0o755)
    readers, others = grp.getgrnam('games').gr_gid, grp.getgrnam('mail').gr_gid
    server = Server(HOUSE, api='group = mail\nread-group = games')
    os.chmod(server.directory, 0o755)
    equal(mode_of(server.socket), (0o666, others), 'with a read-group each client is checked')
    read = '/v1/meters/house-1/read'
    equal((as_user(server, 65534, [readers], '/v1/status'),
           as_user(server, 65534, [readers], read, 'POST')), (200, 403),
          'a member of read-group may only read')
    equal(as_user(server, 65534, [others], read, 'POST'), 200, 'a member of group may more')
    equal(as_user(server, 65534, [], '/v1/status'), 403, 'others may nothing')
    equal(server.stop(), 0, 'it ends')


def main():
    socket_file()
    roles()
    slow_logins()
    groups()
    metrics()
    tls()
    done_testing()


main()
