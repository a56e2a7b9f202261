#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Limits of time, memory and connections for each client of the API."""
import json
import sys
import threading
import time

sys.dont_write_bytecode = True
from api_client import (HOUSE, PATIENCE, SECOND, Server, diag, done_testing, equal, ok,
                        receive_all, status_of)

GET = b'GET /v1/status HTTP/1.1\r\nHost: m\r\n\r\n'


def is_cut_off(connection, drip=b''):
    """Whether the server ends a connection that gets a byte each 0.2 s."""
    until = time.monotonic() + PATIENCE
    connection.settimeout(0.2)
    while time.monotonic() < until:
        try:
            if not connection.recv(65536):
                return True
        except TimeoutError:
            pass
        except OSError:
            return True
        try:
            connection.sendall(drip)
        except OSError:
            return True
    return False


def slow_requests():
    """The limit for a request is 1 s; without it these would never end."""
    server = Server(HOUSE, limits=['request=1', 'stall=60', 'connections=6'])
    results = {}

    def measure(name, first, drip):
        with server.connect() as connection:
            connection.sendall(first)
            results[name] = is_cut_off(connection, drip)

    threads = [threading.Thread(target=measure, args=args) for args in (
        ('says nothing', b'', b''),
        ('sends a byte now and then', b'GET /v1/status HTTP/1.1\r\n', b'X'),
        ('sends a header now and then', b'GET /v1/status HTTP/1.1\r\n', b'X: y\r\n'),
        ('sends empty lines', b'', b'\r\n'),
        ('asks once and stays', GET, b''),
        ('sends one request and continues slowly', GET, b'G'))]
    for thread in threads:
        thread.start()
    # A client that connects at the limit is served when others are cut off.
    ok(server.is_fine(retry=True), 'others are served again')
    for thread in threads:
        thread.join()
    for name, cut_off in results.items():
        ok(cut_off, f'a client that {name} is cut off')
    equal(server.stop(), 0, 'it ends well')


def unread_readings():
    server = Server(HOUSE, limits=['stall=1', 'answer=3'])
    server.command(f'fill house-1 {SECOND} 500')
    before = server.resident()
    stalled = server.connect()
    stalled.sendall(b'GET /v1/readings HTTP/1.1\r\nHost: m\r\n\r\n')
    dripping = server.connect()
    dripping.sendall(b'GET /v1/readings HTTP/1.1\r\nHost: m\r\n\r\n')
    # Reads slowly, for longer than an answer may take.
    for _ in range(25):
        dripping.recv(100)
        time.sleep(0.2)
    # Data buffered by the socket are read at once afterwards.
    equal(server.is_fine(), True, 'others are served meanwhile')
    server.command(f'fill house-1 {SECOND + 5000} 10')
    ok(True, 'the store can be written to')
    ok(server.resident() - before < 30, 'an answer is not collected in memory',
       server.resident() - before)
    answer = receive_all(stalled)
    ok(answer is not None and not answer.endswith(b'\r\n0\r\n\r\n'),
       'a client that reads nothing is cut off', answer and answer[-50:])
    rest = receive_all(dripping)
    ok(rest is not None and not rest.endswith(b'\r\n0\r\n\r\n'),
       'a client that reads too slowly as well', rest and rest[-50:])
    # Clients that disconnect during an answer.
    for _ in range(20):
        with server.connect() as connection:
            connection.sendall(b'GET /v1/readings HTTP/1.1\r\nHost: m\r\n\r\n')
            connection.recv(10)
    ok(server.is_fine(), 'clients may disconnect')
    equal(server.stop(), 0, 'it ends well')


def unread_streams():
    server = Server(HOUSE, limits=['stall=60', 'streams=3', 'keepalive=1'])
    slow = server.events('/v1/events')
    quick = server.events('/v1/events')
    text = 'x' * 20000
    seen = 0
    server.command('publish bus {"n":-1}')
    quick.next()
    before = server.resident()
    for number in range(1000):
        server.command('publish readout ' + json.dumps({'n': number, 'text': text}))
        event, data, _ = quick.next()
        seen += event == 'readout' and data['n'] == number
    equal(seen, 1000, 'a reader that keeps up has all of 20 MB')
    ok(server.resident() - before < 15, 'a stream that is not read takes no memory',
       server.resident() - before)
    kinds = {'readout': 0, 'lost': 0, 'bus': 0}
    while True:
        event, data, number = slow.next()
        kinds[event] += data['lost'] if event == 'lost' else 1
        if event == 'readout' and data['n'] == 999:
            break
    ok(kinds['lost'] > 500, 'it gets the number of lost events', kinds)
    equal(sum(kinds.values()), 1001, 'and gets the others')

    third = server.events('/v1/events')
    equal(third.status, 200, 'as many streams as there may be')
    status, body = server.json('/v1/events')
    equal((status, body['error']['kind']), (503, 'busy'), 'and not one more')
    ok(server.is_fine(), 'requests are still served')
    third.close()
    # The disconnect is detected at the next keepalive.
    until = time.monotonic() + PATIENCE
    again = server.events('/v1/events')
    while again.status == 503 and time.monotonic() < until:
        time.sleep(0.1)
        again = server.events('/v1/events')
    equal(again.status, 200, 'a place that was left is free again')
    equal(server.stop(), 0, 'it ends with streams open')
    equal(quick.next(), None, 'the streams end')


def many_connections():
    server = Server(HOUSE, limits=['request=1', 'connections=20'])
    silent = [server.connect() for _ in range(60)]
    ok(server.is_fine(retry=True), 'three times as many connections as allowed: all are served')
    for connection in silent:
        connection.close()
    answers = []

    def work():
        for _ in range(20):
            answers.append(status_of(server.raw(GET.replace(b'\r\n\r\n', b'\r\nConnection: close\r\n\r\n'))))

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    equal((len(answers), set(answers)), (320, {200}), '16 clients at once are all served')
    equal(server.stop(), 0, 'it ends well')


def main():
    for part in (slow_requests, unread_readings, unread_streams, many_connections):
        began = time.monotonic()
        part()
        diag(f'{part.__name__}: {time.monotonic() - began:.1f} s')
    done_testing()


main()
