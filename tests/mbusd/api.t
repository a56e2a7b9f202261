#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""The API matches Documentation/mbusd-api.yaml, which describes all of it."""
import json
import re
import sys
from decimal import Decimal

sys.dont_write_bytecode = True
import jsonschema
import yaml
from api_client import SECOND, TELEGRAM, TOP, Server, done_testing, equal, ok

CONFIG = '''
[bus north]
tty = /dev/ttyS0
[bus gone]
tty = /dev/ttyS1
baud = 300
[meter house-1]
bus = north
address = 31892747
schedule = 15m
quirks = sontex
key = 000102030405060708090A0B0C0D0E0F
label.room = 3/4
[meter house-2]
bus = north
address = 31892748.HYD.28.04
reads-per-day = 4
[meter busy]
bus = north
address = 1
[meter silent]
bus = north
address = 5
[meter half]
bus = north
address = 7
[meter away]
bus = gone
address = 9
[output cloud]
type = webhook
url = http://127.0.0.1:1/
'''


def yaml_text(path):
    with open(f'{TOP}/{path}', encoding='utf-8') as file:
        return file.read()


class Spec:
    """The OpenAPI file. Answers have only members that it describes."""

    def __init__(self):
        self.text = yaml_text('Documentation/mbusd-api.yaml')
        self.spec = yaml.safe_load(self.text)
        self.schemas = self.spec['components']['schemas']
        parts = {ref.rsplit('/', 1)[1] for ref in re.findall(r'allOf:\n *- \{ \$ref: "(.*?)"',
                                                             self.text)}
        self.close(self.spec, parts)
        self.used = set()

    def close(self, node, parts, part=False):
        if isinstance(node, list):
            for value in node:
                self.close(value, parts, part)
        if not isinstance(node, dict):
            return
        name = str(node.get('$ref', '')).rsplit('/', 1)[-1]
        if 'allOf' in node or (name in parts and not part):
            node['unevaluatedProperties'] = False
        if 'properties' in node and 'type' in node and not part and \
                'additionalProperties' not in node and \
                not any(node is self.schemas[open_name] for open_name in parts):
            node['additionalProperties'] = False
        for key, value in node.items():
            self.close(value, parts, key == 'allOf')

    def resolve(self, ref):
        node = self.spec
        for key in ref[2:].split('/'):
            node = node[key]
        return node

    def refs(self, node=None):
        node = self.spec if node is None else node
        if isinstance(node, dict):
            if isinstance(node.get('$ref'), str):
                yield node['$ref']
            node = list(node.values())
        if isinstance(node, list):
            for value in node:
                yield from self.refs(value)

    def response(self, method, path, status):
        self.used.add((method, path))
        responses = self.spec['paths'][path][method.lower()]['responses']
        found = responses.get(str(status)) or responses['default']
        return self.resolve(found['$ref']) if '$ref' in found else found

    def check(self, method, path, status, kind, body):
        """The faults of an answer to @method of @path, as a list."""
        response = self.response(method, path, status)
        if 'content' not in response:
            return [] if not body else ['there is a body']
        kind = (kind or '').split(';')[0]
        if kind not in response['content']:
            return [f'{kind} is not among {list(response["content"])}']
        schema = {'components': self.spec['components'], **response['content'][kind]['schema']}
        if kind == 'application/json':
            instances = [body]
        elif kind == 'application/x-ndjson':
            instances = body.splitlines()
        else:
            return []
        validator = jsonschema.Draft202012Validator(schema)
        return [f'{"/".join(map(str, error.absolute_path))}: {error.message[:200]}'
                for text in instances
                for error in validator.iter_errors(json.loads(text, parse_float=Decimal))]


def agree(spec):
    """The file and the program."""
    for name, schema in spec.schemas.items():
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            ok(False, f'schema {name}', error.message)
    for ref in set(spec.refs()):
        try:
            spec.resolve(ref)
        except KeyError:
            ok(False, f'{ref} exists')
    source = yaml_text('userspace/mbusd/api/routes.c')
    table = source[source.index('routes[] = {'):source.index('};', source.index('routes[] = {'))]
    program = {}
    for entry in re.findall(r'\{ "(\w+)", "([^"]+)", \w+,\s*\w+,\s*\{(.*?)\} \}', table, re.S):
        program[entry[0].lower(), entry[1]] = sorted(re.findall(r'"([\w-]+)"', entry[2]))
    described = {}
    for path, methods in spec.spec['paths'].items():
        for method in set(methods) - {'parameters'}:
            parameters = [spec.resolve(each['$ref']) if '$ref' in each else each
                          for each in methods[method].get('parameters', [])]
            described[method, path] = sorted(each['name'] for each in parameters
                                             if each['in'] == 'query')
            names = {spec.resolve(each['$ref'])['name'] for each in methods.get('parameters', [])}
            equal(names, set(re.findall(r'\{(\w+)\}', path)), f'{path}: its parts are described')
    equal(program, described, 'the same paths, methods and parameters')


def ask(server, spec, method, path, want, query='', **names):
    """A request whose answer is checked; returns the answer, parsed if it is JSON."""
    status, headers, body = server.ask(method, path.format(**names) + query)
    kind = headers['Content-Type']
    wrong = spec.check(method, path, status, kind, body)
    ok(status == want and not wrong, f'{method} {path.format(**names)}{query}: {want}',
       status, body, *wrong)
    if kind == 'application/json':
        return json.loads(body, parse_float=Decimal)
    if kind == 'application/x-ndjson':
        return [json.loads(line, parse_float=Decimal) for line in body.splitlines()]
    return body


def state(server, spec):
    status = ask(server, spec, 'GET', '/v1/status', 200)
    equal((status['site'], status['meters'], status['outputs']), ('test', 6, 1), 'the status')
    buses = ask(server, spec, 'GET', '/v1/buses', 200)['buses']
    equal([(bus['bus'], bus['state'], bus['device'], bus['baud'], bus['meters']) for bus in buses],
          [('north', 'idle', 'mbus0', 2400, 5), ('gone', 'waiting', None, 300, 1)], 'the buses')
    equal(ask(server, spec, 'GET', '/v1/buses/{bus}', 200, bus='north'), buses[0], 'one bus')
    meters = ask(server, spec, 'GET', '/v1/meters', 200)['meters']
    equal([meter['meter'] for meter in meters],
          ['house-1', 'house-2', 'busy', 'silent', 'half', 'away'], 'the meters')
    meter = ask(server, spec, 'GET', '/v1/meters/{meter}', 200, meter='house-1')
    equal(meter, meters[0], 'one meter')
    equal((meter['labels'], meter['key'], meter['quirks']), ({'room': '3/4'}, True, 'sontex'),
          'what is known of it')
    ok('0001020304' not in json.dumps(meters).upper(), 'the key is never sent')
    equal(meters[1]['last'], None, 'one that was never read')
    outputs = ask(server, spec, 'GET', '/v1/outputs', 200)['outputs']
    equal((outputs[0]['output'], outputs[0]['backlog']), ('cloud', 3), 'the outputs')
    for path, names in (('/v1/buses/{bus}', {'bus': 'x'}), ('/v1/meters/{meter}', {'meter': 'x'}),
                        ('/v1/meters/{meter}/readings', {'meter': 'x'}),
                        ('/v1/buses/{bus}/scans/{scan}', {'bus': 'x', 'scan': 1}),
                        ('/v1/buses/{bus}/scans/{scan}', {'bus': 'north', 'scan': 1}),
                        ('/v1/buses/{bus}/scans/{scan}/events', {'bus': 'north', 'scan': 1})):
        ask(server, spec, 'GET', path, 404, **names)
    metrics = ask(server, spec, 'GET', '/metrics', 200)
    equal([line.removeprefix('mbusd_store_').replace('{site="test"}', '')
           for line in metrics.splitlines() if line.startswith('mbusd_store_')],
          ['up 0', 'stored_total 40', 'commits_total 9', 'waiting 3', 'lost_total 1',
           'oldest_waiting_seconds 1767225600', 'bytes 8192', 'free_bytes 1073741824',
           'growth_bytes_per_day 4096'], 'metrics for Prometheus: the store')
    equal(ask(server, spec, 'GET', '/openapi.yaml', 200), spec.text, 'the file is served')
    status, headers, body = server.ask('HEAD', '/v1/meters')
    equal((status, body, headers['Content-Type']), (200, '', 'application/json'), 'HEAD')


def parked(server, spec):
    path, send = '/v1/outputs/{output}/parked', '/v1/outputs/{output}/parked/send'
    equal(ask(server, spec, 'GET', path, 200, output='cloud')['parked'], [], 'nothing is parked')
    server.command('park cloud 1 refused: \u00e9', 'park cloud 2 full', 'park other 3 full')
    listed = ask(server, spec, 'GET', path, 200, output='cloud')['parked']
    equal([(each['id'], each['why'], each['tries'], each['sending']) for each in listed],
          [(1, 'refused: \u00e9', 1, False), (2, 'full', 1, False)], 'what this output refuses')
    equal(ask(server, spec, 'POST', send, 202, '?readout=2', output='cloud')['sending'], 1,
          'one is sent again')
    equal([each['sending'] for each in
           ask(server, spec, 'GET', path, 200, output='cloud')['parked']], [False, True],
          'which the list has')
    equal(ask(server, spec, 'POST', send, 202, output='cloud')['sending'], 1, 'the rest')
    ask(server, spec, 'POST', send, 404, '?readout=9', output='cloud')
    ask(server, spec, 'POST', send, 400, '?readout=x', output='cloud')
    ask(server, spec, 'POST', send, 404, output='none')
    ask(server, spec, 'GET', path, 404, output='none')


def history(server, spec):
    """More than a page, some with the same time."""
    server.command(f'add house-1 {SECOND} {TELEGRAM}', f'fill house-1 {SECOND + 10} 50',
                *[f'fail house-1 {SECOND + 100} at once {i}' for i in range(100)],
                f'fill house-2 {SECOND + 1000} 3', f'add retired {SECOND} {TELEGRAM}')
    path = '/v1/meters/{meter}/readings'

    def ids(query='', meter='house-1', at=path):
        return [reading['id'] for reading in ask(server, spec, 'GET', at, 200, query, meter=meter)]

    everything = list(range(1, 152))
    equal(ids(), everything, 'a history, whole and in order')
    equal(ids('?order=newest'), everything[::-1], 'the newest first')
    for limit in (1, 32, 33, 100, 151, 1000):
        equal(ids(f'?limit={limit}'), everything[:limit], f'the first {limit}')
        equal(ids(f'?limit={limit}&order=newest'), everything[::-1][:limit], f'the last {limit}')
    equal(ids('?outcome=read'), everything[:51], 'without failures')
    equal(ids('?since=2026-01-01T00:00:10Z&until=2026-01-01T00:00:12Z'), [2, 3],
          'since is inclusive, until is not')
    equal(ids('?since=2026-01-01T01:00:59%2B01:00&until=2026-01-01T00:01:00Z'), [51],
          'by another offset')
    equal(ids('?since=2026-01-01T00:00:58.5Z&outcome=read'), [51], 'fractions of a second')
    equal(ids('?since=2026-01-01T00:00:58.99Z&until=2026-01-01T00:00:59.000000001Z'), [51],
          '... of up to nine digits')
    equal(ids('?since=2026-01-02'), [], 'nothing from then on')
    equal(len(ids(at='/v1/readings')), 155, 'all meters')
    latest = ask(server, spec, 'GET', '/v1/readings/latest', 200)
    equal([(reading['meter'], reading['id']) for reading in latest],
          [('house-1', 51), ('house-2', 154)], 'the latest of each that is configured')
    reading = ask(server, spec, 'GET', path, 200, '?limit=1', meter='house-1')[0]
    equal((reading['telegrams'][0]['raw'], reading['labels']), (TELEGRAM, {'room': '3/4'}),
          'a reading')
    with open(f'{TOP}/Documentation/schema-1.json', encoding='utf-8') as file:
        schema = jsonschema.Draft202012Validator(json.load(file))
    equal([error.message for line in server.lines('/v1/readings')[1]
           for error in schema.iter_errors(line)], [], 'readings are readouts by schema 1')
    last = server.json('/v1/meters/house-1')[1]['last']
    ok(last['outcome'] == 'silence' and last['why'].startswith('at once'), 'the last attempt', last)
    for query in ('?since=x', '?limit=0', '?page=1'):
        ask(server, spec, 'GET', path, 400, query, meter='house-1')


def reading(server, spec):
    path = '/v1/meters/{meter}/read'
    read = ask(server, spec, 'POST', path, 200, meter='house-1')
    equal((read['id'], read['outcome'], len(read['telegrams'])), (99, 'read', 1), 'read now')
    equal([finding['kind'] for finding in read['findings']], ['turnaround'], 'what was noticed')
    for meter, status, kind in (('silent', 504, 'silence'), ('half', 502, 'garbled'),
                                ('busy', 409, 'busy'), ('away', 503, 'unplugged'),
                                ('nobody', 404, 'usage')):
        answer = ask(server, spec, 'POST', path, status, meter=meter)
        equal(answer['error']['kind'], kind, f'{meter}: {kind}')
        equal('reading' in answer, meter in ('silent', 'half'), f'{meter}: what there is of it')
    ask(server, spec, 'POST', path, 200, '?force=true&timeout=300', meter='busy')
    ask(server, spec, 'POST', path, 400, '?force=1', meter='busy')
    path = '/v1/buses/{bus}/read'
    read = ask(server, spec, 'POST', path, 200, '?address=31892750.HYD', bus='north')
    equal((read['id'], read['meter'], read['address']), (0, '', '3189275024 23FFFF'.replace(' ', '')),
          'by an address, stored nowhere')
    ask(server, spec, 'POST', path, 504, '?address=5', bus='north')
    ask(server, spec, 'POST', path, 400, '?address=300', bus='north')
    ask(server, spec, 'POST', path, 400, bus='north')
    ask(server, spec, 'POST', path, 404, '?address=5', bus='south')
    ask(server, spec, 'POST', path, 503, '?address=5', bus='gone')
    findings = ask(server, spec, 'GET', '/v1/findings', 200)['findings']
    equal([(each['kind'], each['count'] > 1) for each in findings], [('turnaround', True)],
          'findings, equal ones once')
    equal(ask(server, spec, 'GET', '/v1/findings', 200, '?bus=gone')['findings'], [], 'of a bus')


def event(server, name, **members):
    server.command(f'publish {name} ' + json.dumps({'event': name, **members}, separators=(',', ':')))


def searches(server, spec):
    path = '/v1/buses/{bus}/scans'
    started = ask(server, spec, 'POST', path, 202, '?mask=318927FF', bus='north')
    equal(started, {'bus': 'north', 'scan': 1}, 'a search starts')
    follow = server.events('/v1/buses/north/scans/1/events')
    spec.used.add(('GET', '/v1/buses/{bus}/scans/{scan}/events'))
    event(server, 'meter', state='confirmed', bus='north', scan=1)
    equal(follow.next()[:2],
          ('meter', {'event': 'meter', 'state': 'confirmed', 'bus': 'north', 'scan': 1}),
          'it is followed')
    now = ask(server, spec, 'GET', path + '/{scan}', 200, bus='north', scan=1)
    equal((now['running'], [each['event'] for each in now['events']]), (True, ['meter']),
          'and looked at')
    ask(server, spec, 'POST', path, 409, bus='north')
    ask(server, spec, 'DELETE', path + '/{scan}', 204, bus='north', scan=1)
    server.command('ended')
    event(server, 'summary', bus='north', scan=1)
    equal(follow.next()[0], 'summary', 'cancelled: its summary comes')
    equal(follow.next(), None, 'and the stream ends')
    late = server.events('/v1/buses/north/scans/1/events')
    equal([late.next()[0], late.next()[0], late.next()], ['meter', 'summary', None],
          'a late client gets all of it')
    ask(server, spec, 'DELETE', path + '/{scan}', 204, bus='north', scan=1)
    _, headers, _ = server.ask('POST', '/v1/buses/north/scans?kind=primary')
    equal(headers['Location'], '/v1/buses/north/scans/2', 'the next one, and where it is')
    ask(server, spec, 'GET', path + '/{scan}', 404, bus='north', scan=1)
    for query in ('?kind=all', '?mask=5', '?mask=31', '?kind=primary&mask=318927FF'):
        ask(server, spec, 'POST', path, 400, query, bus='north')
    ask(server, spec, 'POST', path, 404, bus='south')


def events(server, spec):
    spec.used.add(('GET', '/v1/events'))
    stream = server.events('/v1/events')
    event(server, 'bus', bus='north', state='idle')
    event(server, 'readout', id=7)
    name, data, number = stream.next()
    equal((name, data), ('bus', {'event': 'bus', 'bus': 'north', 'state': 'idle'}), 'events')
    equal(stream.next()[:2], ('readout', {'event': 'readout', 'id': 7}), 'one after the other')
    stream.close()
    again = server.events('/v1/events', {'Last-Event-ID': number})
    equal(again.next()[:2], ('readout', {'event': 'readout', 'id': 7}),
          'an interrupted stream resumes at its position')
    again.close()


def broken(server, spec):
    server.command('drop')
    for path in ('/v1/meters', '/v1/readings', '/v1/readings/latest'):
        status, _, body = server.get(path)
        ok(status >= 400 and not spec.check('GET', path, status, 'application/json', body),
           f'{path} without a store: an error', status, body)
    ask(server, spec, 'GET', '/v1/buses', 200)


def main():
    spec = Spec()
    agree(spec)
    server = Server(CONFIG, limits=['keepalive=1'])
    for part in (state, history, parked, reading, searches, events, broken):
        part(server, spec)
    asked = {(method, path) for path, methods in spec.spec['paths'].items()
             for method in map(str.upper, set(methods) - {'parameters'})}
    equal(asked - spec.used, set(), 'everything described was asked for')
    equal(server.stop(), 0, 'it ends without leaks')
    done_testing()


main()
