#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Hostile and invalid requests to the API."""
import json
import random
import sys

sys.dont_write_bytecode = True
from api_client import (HOUSE, SECOND, Server, done_testing, equal, error_of, ok,
                        status_of)

CONFIG = HOUSE + '''label.note = "quoted" \\ <b> ünïcödé
'''
GET = b'GET /v1/status HTTP/1.1\r\nHost: m\r\n\r\n'
CLOSE = b'GET /v1/status HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n'


def bodies(server):
    head = b'POST /v1/meters/house-1/read HTTP/1.1\r\nHost: m\r\n'
    answer = server.raw(head + b'Content-Length: 1073741824\r\n\r\n' + b'x' * 65536)
    equal(status_of(answer), 413, '1 GiB of body: refused')
    equal(error_of(answer), 'usage', '1 GiB of body: says why')
    answer = server.raw(head + b'Content-Length: 1073741824\r\nExpect: 100-continue\r\n\r\n')
    equal(status_of(answer), 413, 'and not asked for')
    answer = server.raw(head + b'Transfer-Encoding: chunked\r\n\r\n' +
                        b'1000\r\n' + b'x' * 4096 + b'\r\n')
    equal(status_of(answer), 413, 'a body in chunks without end')
    answer = server.raw(b'GET /v1/status HTTP/1.1\r\nHost: m\r\nContent-Length: 5\r\n\r\nhello')
    equal(status_of(answer), 413, 'a body where none belongs')
    for length in (b'-1', b'99999999999999999999999', b'5 5', b'0x10', b'1e9'):
        answer = server.raw(head + b'Content-Length: ' + length + b'\r\n\r\n')
        ok(status_of(answer) in (400, 413), f'length {length.decode()}: refused', answer)
    # A request that two parsers read differently can smuggle another one.
    answer = server.raw(head + b'Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n'
                        b'0\r\n\r\n' + GET)
    equal(answer.count(b'HTTP/1.1'), 1, 'a length and chunks: one answer, and the end')
    ok(server.is_fine(), 'the server continues')


def sizes(server):
    answer = server.raw(b'GET /' + b'a' * 100000 + b' HTTP/1.1\r\nHost: m\r\n\r\n')
    ok(status_of(answer) in (0, 400, 414, 431), 'a path of 100 kB: refused', answer)
    answer = server.raw(b'GET /v1/status HTTP/1.1\r\nX: ' + b'a' * 100000 + b'\r\n\r\n')
    ok(status_of(answer) in (0, 400, 413, 431), 'a header of 100 kB: refused', answer)
    answer = server.raw(b'GET /v1/status HTTP/1.1\r\n' + b'X: y\r\n' * 50000 + b'\r\n')
    ok(status_of(answer) in (0, 400, 413, 431), '50000 headers: refused', answer)
    answer = server.raw(b'GET /v1/readings?' + b'limit=1&' * 1000 + b' HTTP/1.1\r\nHost: m\r\n\r\n')
    ok(status_of(answer) in (0, 400, 413, 414, 431), '1000 parameters: refused', answer)
    ok(server.is_fine(), 'the server continues')


def paths(server):
    for path in ('/v1/../v1/status', '/v1/./status', '//v1/status', '/v1//status', '/v1/status/',
                 '/v1/meters/../../../etc/passwd', '/v1/meters/%2e%2e%2f%2e%2e%2fstatus',
                 '/../../../../etc/passwd', '/v1/meters/house-1%2Freadings%2F', '/V1/status',
                 '/v1/meters/' + 'a' * 65, '/v1/meters/.', '/v1/meters/..', '/v1/meters/-',
                 '/v1/meters/{meter}', '/v1/buses/north;x=1', '*', '/', ''):
        status, _, body = server.get(path)
        ok(status == 404 and json.loads(body)['error']['kind'] in ('usage', 'no-bus'),
           f'no such path: {path[:40]!r}', status, body)
    status, _, body = server.get("/v1/meters/' OR 1=1 --".replace(' ', '%20'))
    equal(status, 404, 'a name is a name, whatever is in it')


def characters(server):
    for text in (b'%FF', b'%C0%AF', b'%ED%A0%80', b'%F8%88%80%80%80', b'%E2%82', b'%00', b'%',
                 b'%4', b'%zz', b'%0d%0aX:%20y', b'%1b[2J', b'\xff\xfe', b'%C3%BC', b'%7F'):
        for place in (b'/v1/meters/' + text, b'/v1/readings?since=' + text,
                      b'/v1/readings?' + text + b'=1', b'/v1/meters/house-1' + text):
            answer = server.raw(b'GET ' + place + b' HTTP/1.1\r\nHost: m\r\nConnection: close\r\n\r\n')
            equal((status_of(answer), error_of(answer)), (400, 'usage'), f'no text: {place}')


def numbers(server):
    for query in ('limit=0', 'limit=-1', 'limit=99999999999999999999', 'limit=1e9', 'limit=0x10',
                  'limit=', 'limit', 'limit=9223372036854775808', 'limit=+1', 'limit=1%20',
                  'limit=1&limit=2', 'since=0', 'since=9999-12-31', 'since=2026-02-30',
                  'since=2026-01-01T24:00:00Z', 'since=2026-01-01T00:00:00',
                  'since=2026-01-01T00:00:00.Z', 'since=2026-01-01T00:00:00Zx', 'until=now',
                  'since=-2026-01-01', 'since=1969-12-31', 'order=up', 'outcome=good', 'x=1',
                  'since=2026-01-01T00:00:00%2B99:00'):
        status, body = server.json('/v1/readings?' + query)
        equal((status, body['error']['kind']), (400, 'usage'), f'no sense: {query}')
    for query in ('limit=9223372036854775807', 'since=2200-12-31', 'until=1970-01-01'):
        equal(server.get('/v1/readings?' + query)[0], 200, f'large, and all right: {query}')
    equal(server.lines('/v1/readings?until=1970-01-01')[1], [], 'nothing was before 1970')
    for scan in ('0', '-1', '4294967297', '99999999999999999999', '1x', '%201', '+1'):
        equal(server.get(f'/v1/buses/north/scans/{scan}')[0], 404, f'no search {scan}')
    for timeout in ('0', '301', '1.5', '-5'):
        equal(server.ask('POST', f'/v1/meters/house-1/read?timeout={timeout}')[0], 400,
              f'no timeout: {timeout}')


def methods(server):
    for method in ('PUT', 'DELETE', 'PATCH', 'OPTIONS', 'TRACE', 'POST', 'BREW', 'get'):
        status, headers, body = server.ask(method, '/v1/meters')
        equal((status, headers['Allow'], json.loads(body)['error']['kind']), (405, 'GET', 'usage'),
              f'{method}: not allowed, and what is')
    status, headers, _ = server.get('/v1/meters/house-1/read')
    equal((status, headers['Allow']), (405, 'POST'), 'reading is nothing a GET does')
    equal(server.ask('CONNECT', '/v1/meters')[0], 405, 'CONNECT')
    for line in (b'\x01\x02\x03\r\n\r\n', b'GET\r\n\r\n', b'GET /v1/status\r\n\r\n',
                 b'GET /v1/status HTTP/9.9\r\n\r\n', b'\x16\x03\x01\x02\x01\x01\r\n\r\n',
                 b'GET /v1/status HTTP/1.1\r\n: x\r\n\r\n', b'GET  /v1/status HTTP/1.1\r\n\r\n'):
        answer = server.raw(line)
        ok(answer is not None and status_of(answer) != 200, f'no request: {line[:30]}', answer)
    ok(server.is_fine(), 'the server continues')


def pipelining(server):
    answer = server.raw(GET * 50 + CLOSE)
    equal(answer.count(b'HTTP/1.1 200'), 51, '51 requests at once, 51 answers')
    answer = server.raw(GET + b'GET /nope HTTP/1.1\r\nHost: m\r\n\r\n' + CLOSE)
    equal([int(part[1:4]) for part in answer.split(b'HTTP/1.1')[1:]], [200, 404, 200],
          'in their order')


def escaping(server):
    _, body = server.json('/v1/meters/house-1')
    equal(body['labels'], {'note': '"quoted" \\ <b> ünïcödé'}, 'labels may be anything')
    status, _, body = server.get('/v1/nope%22%5c')
    equal((status, json.loads(body)['error']['text'][:16]), (404, 'there is no /v1/'),
          'what is quoted in an error is escaped')


def garbage(server):
    rng = random.Random(1)
    seeds = [GET, CLOSE, b'POST /v1/meters/house-1/read?force=true HTTP/1.1\r\nHost: m\r\n\r\n',
             b'GET /v1/readings?since=2026-01-01&limit=3&order=newest HTTP/1.1\r\n\r\n',
             b'DELETE /v1/buses/north/scans/1 HTTP/1.0\r\nContent-Length: 0\r\n\r\n']
    for _ in range(400):
        data = bytearray(rng.choice(seeds))
        for _ in range(rng.randint(1, 8)):
            at = rng.randrange(len(data))
            data[at:at + rng.randint(0, 3)] = rng.randbytes(rng.randint(0, 4))
        with server.connect() as connection:
            connection.sendall(bytes(data))
    ok(server.is_fine(), 'after 400 damaged requests the server continues')


def main():
    server = Server(CONFIG)
    server.command(f'fill house-1 {SECOND} 3')
    for part in (bodies, sizes, paths, characters, numbers, methods, pipelining, escaping,
                 garbage):
        part(server)
    equal(server.stop(), 0, 'it ends without leaks')
    done_testing()


main()
