# SPDX-License-Identifier: GPL-2.0-only
"""For the tests of mbusd's API: TAP, the server (api_server.c), clients."""
import atexit
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from decimal import Decimal

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get('BUILD', os.path.join(TOP, 'build'))
# Time limit in seconds for all waits. It only ends a test that would hang; no
# result depends on it, however busy the host is.
PATIENCE = 200
TMP = tempfile.mkdtemp(prefix='mbus-test.')
atexit.register(shutil.rmtree, TMP, ignore_errors=True)

TELEGRAM = '681515680800724727893124232804ED5000000C05318474018D16'
SECOND = 1767225600  # 2026-01-01T00:00:00Z
# One meter on one bus; more lines of that meter may follow.
HOUSE = '''
[bus north]
tty = /dev/ttyS0
[meter house-1]
bus = north
address = 31892747
'''

_count = 0
_failed = 0


def diag(text):
    for line in str(text).splitlines():
        print(f'# {line}', file=sys.stderr, flush=True)


def ok(good, name, *why):
    global _count, _failed
    _count += 1
    print(f'{"ok" if good else "not ok"} {_count} - {name}', flush=True)
    if not good:
        _failed += 1
        diag(f'failed: {name}')
        for text in why:
            diag(repr(text)[:500])
    return good


def equal(got, want, name):
    return ok(got == want, name, f'     got: {got!r}', f'expected: {want!r}')


def done_testing():
    print(f'1..{_count}')
    sys.exit(1 if _failed else 0)


class Server:
    """api_server with a configuration of its own, and a client for it."""

    def __init__(self, config='', api='', limits=(), start=True):
        self.directory = tempfile.mkdtemp(dir=TMP)
        self.socket = os.path.join(self.directory, 'sock')
        self.config = os.path.join(self.directory, 'mbusd.conf')
        self.store = os.path.join(self.directory, 'readings.db')
        self.limits = list(limits)
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(f'[mbusd]\nsite = test\nstore = {self.store}\n'
                       f'[api]\nsocket = {self.socket}\n{api}\n{config}')
        os.chmod(self.config, 0o600)
        self.process = None
        if start and not self.start():
            raise RuntimeError(self.messages())

    def start(self):
        """Returns whether it is ready; if not, messages() has the reason."""
        self.log = open(os.path.join(self.directory, 'log'), 'w+', encoding='utf-8')
        # Freed memory that AddressSanitizer keeps would hide the memory in use.
        options = os.environ.get('ASAN_OPTIONS', '') + ':quarantine_size_mb=1'
        self.process = subprocess.Popen(
            [f'{BUILD}/tests/mbusd/api_server', self.config] + self.limits,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log, text=True,
            env=os.environ | {'ASAN_OPTIONS': options})
        atexit.register(self.process.kill)
        return self.process.stdout.readline() == 'ready\n'

    def messages(self):
        self.log.flush()
        with open(self.log.name, encoding='utf-8') as file:
            return file.read()

    def command(self, *commands):
        """Commands of api_server, all of which must succeed."""
        for command in commands:
            self.process.stdin.write(command + '\n')
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
            if answer != 'ok\n':
                raise RuntimeError(f'{command}: {answer}\n{self.messages()}')

    def stop(self):
        """Its exit status."""
        self.process.stdin.close()
        status = self.process.wait(PATIENCE)
        if status:
            diag(self.messages()[-4000:])
        return status

    def resident(self):
        """Its memory in MiB."""
        with open(f'/proc/{self.process.pid}/statm', encoding='ascii') as file:
            return int(file.read().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 2**20

    def connect(self, timeout=PATIENCE):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(timeout)
        connection.connect(self.socket)
        return connection

    def ask(self, method, path, headers=None, body=None):
        """Status, headers, and the body as text."""
        client = http.client.HTTPConnection('mbusd', timeout=PATIENCE)
        client.sock = self.connect()
        try:
            client.request(method, path, body=body, headers=headers or {})
            answer = client.getresponse()
            return answer.status, answer.headers, answer.read().decode('utf-8')
        finally:
            client.close()

    def get(self, path):
        return self.ask('GET', path)

    def json(self, path, method='GET'):
        """Status and parsed body."""
        status, _, body = self.ask(method, path)
        return status, json.loads(body, parse_float=Decimal)

    def lines(self, path):
        """Status and the objects of all lines."""
        status, _, body = self.get(path)
        return status, [json.loads(line, parse_float=Decimal) for line in body.splitlines()]

    def raw(self, data, timeout=PATIENCE):
        """The answer to these bytes until the connection ends."""
        with self.connect(timeout) as connection:
            try:
                connection.sendall(data)
            except OSError:
                pass
            return receive_all(connection)

    def events(self, path, headers=None):
        return Events(self, path, headers)

    def is_fine(self, retry=False):
        """Whether it answers; with retry, whether it does so in the end."""
        until = time.monotonic() + (PATIENCE if retry else 0)
        while True:
            try:
                return self.get('/v1/status')[0] == 200
            except OSError:
                if time.monotonic() > until:
                    return False
                time.sleep(0.1)


def receive_all(connection):
    """Receives until the peer closes the connection; None if that takes too long."""
    data = b''
    try:
        while chunk := connection.recv(65536):
            data += chunk
    except (TimeoutError, socket.timeout):
        return None
    except OSError:
        pass
    return data


def status_of(answer):
    """The status of a raw answer, 0 without one."""
    return int(answer[9:12]) if answer and answer.startswith(b'HTTP/1.') else 0


def error_of(answer):
    """The kind in a raw answer's JSON."""
    try:
        return json.loads(answer.split(b'\r\n\r\n', 1)[1].decode('utf-8'))['error']['kind']
    except (ValueError, KeyError, IndexError):
        return None


class Events:
    """A stream of server-sent events."""

    def __init__(self, server, path, headers=None):
        self.client = http.client.HTTPConnection('mbusd', timeout=PATIENCE)
        self.client.sock = server.connect()
        self.client.request('GET', path, headers=headers or {})
        self.answer = self.client.getresponse()
        self.status = self.answer.status
        # The stream starts with a comment before any event.
        if self.status == 200:
            self.block()

    def block(self):
        """The lines of one block; None at the end."""
        lines = []
        while line := self.answer.readline().decode('utf-8'):
            if line == '\n':
                return lines
            lines.append(line.rstrip('\n'))
        return None

    def next(self):
        """Event, data and id; None at the end."""
        while (lines := self.block()) is not None:
            fields = dict(line.split(': ', 1) for line in lines if not line.startswith(':'))
            if 'event' in fields:
                return (fields['event'], json.loads(fields['data'], parse_float=Decimal),
                        fields.get('id'))
        return None

    def close(self):
        self.answer.close()
        self.client.close()
