# SPDX-License-Identifier: GPL-2.0-only
"""The tests of decode.t."""
import glob
import os
import random
import subprocess
import threading
from decimal import Decimal

import meterbus
from tap import done_testing, equal, ok, raises

TOP, BUILD = os.environ['TOP'], os.environ['BUILD']
# The descriptions of this tree, as the mbusctl of this tree has them.
DESCRIPTIONS = [f'{BUILD}/meters.d']
WATER = '681B1B6808017207201800E61E35074C0000000C78072018000C16690200009616'


def mbusctl(lines, *options):
    done = subprocess.run([f'{BUILD}/mbusctl', 'decode', '--json', *options],
                          input='\n'.join(lines), capture_output=True, text=True, check=False)
    return done.stdout.splitlines()


def decoded(decoder, telegram):
    """The text of a readout, also of one that is not understood whole."""
    try:
        return meterbus.dumps(decoder.decode(telegram))
    except meterbus.DecodeError as failure:
        return meterbus.dumps(failure.readout)


def frame(body):
    return (bytes([0x68, len(body), len(body), 0x68]) + body +
            bytes([sum(body) & 0xFF, 0x16]))


def values(node):
    if isinstance(node, dict):
        for key, member in node.items():
            yield key, member
            yield from values(member)
    elif isinstance(node, list):
        for member in node:
            yield from values(member)


def vectors():
    for path in sorted(glob.glob(f'{TOP}/tests/vectors/*.txt')):
        name = os.path.basename(path)
        with open(path, encoding='utf-8') as file:
            lines = [line.strip() for line in file]
        telegrams = [line for line in lines if line[:1] in set('0123456789ABCDEF') and line]
        expected = [line for line in lines if line.startswith('{')]
        decoder = meterbus.Decoder(descriptions=DESCRIPTIONS)
        got = [decoded(decoder, telegram) for telegram in telegrams]
        ok(len(got) > 0 and got == mbusctl(telegrams), f'{name}: as mbusctl decode --json',
           next((pair for pair in zip(got, mbusctl(telegrams)) if pair[0] != pair[1]), len(got)))
        equal(got, expected, f'{name}: as the vectors say')
        readouts = [meterbus.loads(text) for text in got]
        ok(not any(isinstance(value, float) for _, value in values(readouts)),
           f'{name}: no float')
        ok(all(isinstance(value, (Decimal, str, type(None)))
               for key, value in values(readouts) if key == 'value'),
           f'{name}: a value that is a number is a Decimal')
        yield from map(bytes.fromhex, telegrams)


def hostile(telegrams):
    """Damage that leaves telegrams valid: the same as mbusctl, or no readout."""
    dice = random.Random(17)
    damaged = []
    for _ in range(3000):
        body = bytearray(dice.choice(telegrams)[4:-2])
        if not body:
            continue
        for _ in range(dice.randint(1, 4)):
            body[dice.randrange(len(body))] = dice.randrange(256)
        if dice.random() < 0.3:
            del body[dice.randint(3, len(body)):]
        damaged.append(frame(bytes(body)))
    decoder = meterbus.Decoder(descriptions=DESCRIPTIONS)
    got = [decoded(decoder, telegram) for telegram in damaged]
    expected = mbusctl(map(bytes.hex, damaged))
    ok(len(got) > 2000 and got == expected, 'damaged telegrams decode as mbusctl decodes them',
       next((pair for pair in zip(got, expected) if pair[0] != pair[1]),
            f'{len(got)} and {len(expected)}'))

    refused = 0
    for _ in range(3000):
        data = dice.randbytes(dice.randrange(300))
        try:
            meterbus.loads(meterbus.dumps(decoder.decode(data)))
        except meterbus.DecodeError as failure:
            refused += failure.readout is None and str(failure) != ''
    ok(refused > 2900, 'random bytes are no telegram, and nothing worse', refused)


def arguments():
    for telegram, name in ((bytes.fromhex(WATER), 'bytes'),
                           (bytearray.fromhex(WATER), 'a bytearray'),
                           (memoryview(bytes.fromhex(WATER)), 'a memoryview'),
                           (WATER.lower(), 'digits'),
                           (' '.join(WATER[i:i + 2] for i in range(0, len(WATER), 2)), 'pairs'),
                           (':'.join(WATER[i:i + 2] for i in range(0, len(WATER), 2)), 'colons'),
                           (f'\n{WATER}\n', 'a line')):
        record = meterbus.decode(telegram)['telegrams'][0]['records'][1]
        equal((record['value'], record['unit']), (Decimal(269), 'm³'), f'taken: {name}')
    for telegram, name in ((b'', 'nothing'), ('', 'no digits'), (b'\x00' * 4096, 'zeros'),
                           (b'h' * (1 << 21), 'two megabytes'),
                           (bytes.fromhex(WATER)[:-1], 'the last byte missing'),
                           (bytes.fromhex(WATER) + b'\xE5', 'a byte too many'),
                           (WATER[:-4] + '9716', 'a wrong checksum')):
        failure = raises(meterbus.DecodeError, lambda t=telegram: meterbus.decode(t),
                         f'no telegram: {name}')
        equal((failure.kind, failure.readout), ('decode', None), 'with its kind')
    for telegram, name in (('6', 'half a byte'), ('xyz', 'no hexadecimal digits'),
                           ('68\x001', 'a NUL'), ('\ud800', 'a surrogate'), ('６８', 'wide digits')):
        failure = raises(meterbus.UsageError, lambda t=telegram: meterbus.decode(t),
                         f'refused: {name}', 'hexadecimal')
        ok(isinstance(failure, ValueError), 'which is a ValueError, too')
    for telegram in (None, 5, 1.5, ['E5'], object()):
        raises(TypeError, lambda t=telegram: meterbus.decode(t),
               f'refused: {type(telegram).__name__}', type(telegram).__name__)
    for meter in (5, '5', '3189274', '318927FF', 'x', '', '1\x00'):
        raises(meterbus.UsageError, lambda m=meter: meterbus.decode(WATER, meter=m),
               f'no complete secondary address: {meter!r}')
    raises(meterbus.UsageError, lambda: meterbus.Decoder(descriptions=[f'{TOP}/tests/python/bad']),
           'descriptions with a mistake', 'bad.conf')


def keys():
    # OMS volume 2, annex N: partly encrypted; a short header, without the
    # address; mode 7.
    key, other = bytes(range(16)), '0102030405060708090A0B0C0D0E0F11'
    with open(f'{TOP}/tests/vectors/oms.txt', encoding='utf-8') as file:
        partly, short, mode_7 = (next(line.strip() for line in file if line.startswith(start))
                                 for start in ('68 2C', '68 27', '68 34'))
    meter = '1234567893153303'
    record = meterbus.decode(partly)['telegrams'][0]['records'][0]
    equal(record['error'], 'encrypted', 'partly encrypted: what is not has records')
    equal(meterbus.dumps(meterbus.decode(partly, key=key)),
          mbusctl([partly], '--key', key.hex())[0], 'decrypted as mbusctl does')
    for given in (other, bytes.fromhex(other), other.lower()):
        equal(meterbus.dumps(meterbus.decode(short, key=given, meter=meter)),
              mbusctl([short], '--key', other, '--meter', meter)[0],
              f'the same with the meter, {type(given).__name__}')
    for telegram, name in ((short, 'mode 5'), (mode_7, 'mode 7')):
        failure = raises(meterbus.DecodeError, lambda t=telegram: meterbus.decode(t),
                         f'{name}, no key', 'AES-128-CBC', 'no key')
        ok(failure.readout['telegrams'][0]['access_number'] > 0, 'has what is known')
        failure = raises(meterbus.DecodeError,
                         lambda t=telegram: meterbus.decode(t, key=bytes(16), meter=meter),
                         f'{name}, wrong key', 'encrypted')
        equal(failure.readout['telegrams'][0]['records'][0]['error'], 'encrypted',
              'has what is known')
    for wrong in ('12', b'short', other + '00', ''):
        raises(meterbus.UsageError, lambda k=wrong: meterbus.decode(short, key=k),
               f'a key of another length: {wrong!r}', 'AES-128')
    failure = raises(meterbus.UsageError, lambda: meterbus.decode(short, key=other[:-1] + 'x'),
                     'a key that is not hexadecimal')
    ok(other[:8] not in str(failure) and failure.__suppress_context__, 'is in no message')


def exact():
    for text in ('0', '-0.41', '0.00000000000000000000012', '99999999999999999999999',
                 '264.72910', '-174843100'):
        equal(meterbus.dumps(meterbus.loads(f'[{text}]')), f'[{text}]', f'{text} stays as it is')
    raises(ValueError, lambda: meterbus.dumps(Decimal('NaN')), 'no number of JSON', 'NaN')
    raises(TypeError, lambda: meterbus.dumps({'value': 1.5}), 'a float is refused', 'Decimal')
    ok(isinstance(meterbus.decode(WATER)['telegrams'][0]['records'][1]['value'], Decimal),
       'also a whole number is a Decimal')


def threads():
    shared = meterbus.Decoder()
    expected = meterbus.dumps(meterbus.decode(WATER))
    wrong = []

    def work():
        for _ in range(500):
            if meterbus.dumps(shared.decode(WATER)) != expected:
                wrong.append(1)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    equal(wrong, [], 'threads share a decoder')


def without_bus():
    equal(meterbus.buses(), [], 'there is no bus')
    for function, name in ((lambda: meterbus.read(None, 5), 'read'),
                           (lambda: meterbus.Bus('mbus7'), 'Bus'),
                           (lambda: meterbus.scan('mbus7'), 'scan'),
                           (lambda: meterbus.monitor(), 'monitor')):
        failure = raises(meterbus.NoBusError, function, f'{name} without a bus')
        equal(failure.kind, 'no-bus', 'with its kind')
    for address in ('x', '', 251, -1, '31892', '31892743.HYDR'):
        raises(meterbus.UsageError, lambda a=address: meterbus.scan(known=[a]),
               f'no address: {address!r}')
    for address in (None, 1.0, True, b'5'):
        raises(TypeError, lambda a=address: meterbus.scan(known=[a]),
               f'no address: {address!r}', 'int or str')
    raises(meterbus.UsageError, lambda: meterbus.scan(mask='5'), 'a mask that is primary')
    raises(meterbus.UsageError, lambda: meterbus.scan(mask='318927FF', primary=True),
           'a mask of a primary search')
    raises(meterbus.UsageError, lambda: meterbus.scan(primary=[5, 251]), 'no primary address')
    raises(TypeError, lambda: meterbus.Bus(5), 'a bus that is a number', 'int')
    raises(meterbus.UsageError, lambda: meterbus.Bus('mbus\x000'), 'a bus with a NUL')


def kinds():
    """Each kind of the library's errors has its class, and says so."""
    from meterbus import _errors, _library
    names = []
    for kind in range(1, 64):
        name = _library.lib.error_name(kind).decode()
        if name in names or name in ('ok', 'unknown'):
            break
        names.append(name)
    equal(sorted(names), sorted(_errors.CLASSES), 'each kind of error has a class')
    ok(len(names) > 10, 'of more than ten', names)
    equal(_library.error_class(9999), meterbus.SystemFailureError,
          'as has one of a later version')


hostile(list(vectors()))
arguments()
keys()
exact()
threads()
without_bus()
kinds()
done_testing()
