#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only
"""Telegrams in the notations of people and programs."""
import json
import os
import subprocess
import sys

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
MBUSCTL = os.path.join(os.environ.get('BUILD', TOP + '/build'), 'mbusctl')
count = failed = 0


def telegram(name):
    with open(f'{TOP}/tests/vectors/{name}.txt', encoding='utf-8') as lines:
        return bytes.fromhex(next(line for line in lines if line.startswith('68')))


HYD = telegram('hyd')		# 100 bytes
KAM = telegram('kam-303')	# 142 bytes
NKE = bytes.fromhex('1040FD3D16')
REQ = bytes.fromhex('105BFD5816')
ACK = b'\xE5'


def check(name, text, want, status=0, err=''):
    global count, failed
    done = subprocess.run([MBUSCTL, 'decode', '--json'], input=text if isinstance(text, bytes)
                          else text.encode(), stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    got = [t['raw'] for line in done.stdout.decode().splitlines()
           for t in json.loads(line)['telegrams']]
    good = (got == [w.hex().upper() for w in want] and done.returncode == status and
            done.stderr.decode().replace('mbusctl: standard input', '') == err)
    count += 1
    failed += not good
    print('ok' if good else 'not ok', count, '-', name)
    if not good:
        print(f'{text!r}\n got {got}\n status {done.returncode}\n {done.stderr.decode()}',
              file=sys.stderr)


def pairs(data, separator=' '):
    return separator.join(f'{byte:02X}' for byte in data)


def tool(*args, data=HYD):
    return subprocess.run(args, input=data, stdout=subprocess.PIPE, check=True).stdout


def dumps():
    for args in (['xxd'], ['xxd', '-u'], ['xxd', '-c', '10'], ['xxd', '-g1'], ['xxd', '-g4'],
                 ['xxd', '-c', '32'], ['xxd', '-p'], ['xxd', '-p', '-c', '7'], ['xxd', '-i'],
                 ['od', '-A', 'x', '-t', 'x1'], ['od', '-A', 'x', '-t', 'x1z'],
                 ['od', '-t', 'x1'], ['od', '-t', 'x2'], ['od', '-v', '-t', 'x1'],
                 ['od', '-A', 'd', '-t', 'x1z'], ['od', '-A', 'x', '-t', 'x2', '--endian=big'],
                 ['xxd', '-d'], ['xxd', '-o', '0x1000'], ['od', '-A', 'n', '-t', 'u1']):
        check(' '.join(args), tool(*args), [HYD])
        check(' '.join(args) + ', several', tool(*args, data=NKE + ACK + HYD + KAM),
              [NKE, ACK, HYD, KAM])
    canonical = ''.join(
        f'{at:08x}  {pairs(HYD[at:at + 8]).lower()}  {pairs(HYD[at + 8:at + 16]).lower()}'.ljust(60)
        + '|' + ''.join(chr(c) if 32 <= c < 127 else '.' for c in HYD[at:at + 16]) + '|\n'
        for at in range(0, len(HYD), 16)) + f'{len(HYD):08x}\n'
    check('hexdump -C', canonical, [HYD])
    words = ''.join(f'{at:07x} ' + ' '.join(f'{HYD[i + 1]:02x}{HYD[i]:02x}'
                    for i in range(at, min(at + 16, len(HYD)), 2)) + '\n'
                    for at in range(0, len(HYD), 16)) + f'{len(HYD):07x}\n'
    check('hexdump', words, [HYD])
    shark = ''.join(f'{at:04x}  {pairs(HYD[at:at + 16]).lower():47s}   '
                    + ''.join(chr(c) if 32 <= c < 127 else '.' for c in HYD[at:at + 16]) + '\n'
                    for at in range(0, len(HYD), 16))
    check('Wireshark', shark, [HYD])
    check('Wireshark, two packets', shark + '\n' + shark, [HYD, HYD])
    check('bytes outside any telegram in a dump', tool('xxd', data=b'\x00\xFF' + HYD), [HYD], 9,
          ':1: 2 bytes outside any telegram\n')


def notations():
    for name, text in (
            ('hyphens', pairs(HYD, '-')), ('colons', pairs(HYD, ':')), ('commas', pairs(HYD, ',')),
            ('dots', pairs(HYD, '.')), ('underscores', pairs(HYD, '_')), ('nothing', HYD.hex()),
            ('quotes', f'"{HYD.hex()}"'), ('single quotes', f"'{pairs(HYD)}'"),
            ('0x', '0x' + pairs(HYD, ' 0x')), ('one 0x', '0x' + HYD.hex()),
            ('\\x', 'b"\\x' + pairs(HYD, '\\x') + '"'), ('h behind', pairs(HYD, 'h ') + 'h'),
            ('a C array', '{ 0x' + pairs(HYD, ', 0x') + ' };'),
            ('a declared C array', 'static const uint8_t hyd[] = { 0x' + pairs(HYD, ', 0x') + ' };'),
            ('a list of Python', "[0x" + pairs(HYD, ', 0x') + ']'),
            ('decimals', ', '.join(str(byte) for byte in HYD)),
            ('a list of decimals', str(list(HYD))),
            ('bytes.fromhex', f"bytes.fromhex('{pairs(HYD)}')"),
            ('x as in SQL', f"X'{HYD.hex()}'"),
            ('a Buffer', f'<Buffer {pairs(HYD).lower()}>'),
            ('a Buffer in JSON', json.dumps({'type': 'Buffer', 'data': list(HYD)})),
            ('groups of four', ' '.join(HYD.hex()[i:i + 4] for i in range(0, 200, 4))),
            ('tabs', pairs(HYD, '\t')), ('a comment', pairs(HYD) + ' # of house 1')):
        check(name, text, [HYD])
        check(name + ', with CR LF', text + '\r\n' + text + '\r\n', [HYD, HYD])
    escaped = '"' + ''.join(f'\\x{byte:02x}' for byte in HYD) + '"'
    for name, text in (
            ('bytes of Python', repr(HYD)), ('a bytearray', repr(bytearray(HYD))),
            ('bytes of Python behind words', 'got ' + repr(HYD)), ('an escaped string', escaped),
            ('dollars', '$' + pairs(HYD, ' $')), ('&H', '&H' + pairs(HYD, ' &H')),
            ('percent signs', '%' + pairs(HYD, '%')), ('semicolons', pairs(HYD, ';')),
            ('spaces that do not break', pairs(HYD, '\u00A0')), ('Markdown', '`' + pairs(HYD) + '`'),
            ('JSON of others', json.dumps({'telegram': HYD.hex(), 'rssi': -50})),
            ('a time in front', '2024-09-10 20:33:05.123 ' + pairs(HYD)),
            ('a time in brackets', '[20:33:05] <<< ' + pairs(HYD)),
            ('microseconds in front', '20:33:05.123456 ' + pairs(HYD))):
        check(name, text, [HYD])
        check(name + ', twice', text + '\n' + text + '\n', [HYD, HYD])
    check('bytes of Python, several', f'{ACK!r}\n{NKE!r}\n{HYD!r}\n', [ACK, NKE, HYD])
    check('strace', 'read(3, "' + ''.join(chr(byte) if byte < 128 and chr(byte).isalnum() else f'\\{byte:03o}'
                                           for byte in HYD) + '", 256) = 100\n', [HYD])
    check('a list of decimals over several lines', 'Uint8Array(100) [\n' + ''.join(
        '  ' + ', '.join(str(byte) for byte in HYD[i:i + 12]) + ',\n' for i in range(0, 100, 12)) + ']\n',
          [HYD])
    check('a Buffer in indented JSON', json.dumps({'type': 'Buffer', 'data': list(HYD)}, indent=2), [HYD])
    shown = [''.join(chr(byte) if 32 <= byte < 127 else '.' for byte in HYD[i:i + 8])
             for i in range(0, 100, 8)]
    check('a C array of Wireshark', '/* Frame (100 bytes) */\nstatic const unsigned char pkt1[100] = {\n'
          + ''.join('0x' + pairs(HYD[8 * i:8 * i + 8], ', 0x') + f', /* {text} */\n'
                    for i, text in enumerate(shown)) + '};\n', [HYD])
    check('bytes and characters without an offset', ''.join(
        ' ' + pairs(HYD[8 * i:8 * i + 8]) + f'  {text}\n' for i, text in enumerate(shown)), [HYD])
    check('the end of text of DOS', (pairs(HYD) + '\r\n\x1A').encode(), [HYD])
    check('zeros behind text', pairs(HYD).encode() + b'\n\0\0', [HYD])
    check('base64 is not understood', 'aF5eaAgAcpCFcSYkIygEc1AAAAwFAAAAAAw=\n', [], 9,
          ':1: 1 line without a telegram left out\n')
    check('a start byte alone is not lost', '< 0x68 (h)\n', [], 9,
          ':1: 1 line without a telegram left out\n')
    array = 'uint8_t t[] = {\n' + ''.join('\t0x' + pairs(HYD[i:i + 8], ', 0x') + ',\n'
                                         for i in range(0, 100, 8)) + '};\n'
    check('a C array of several lines', array, [HYD])
    check('lines that CR ends', f'{HYD.hex()}\r{KAM.hex()}\r', [HYD, KAM])
    check('E5, short frame and answer on a line', pairs(ACK + REQ + HYD), [ACK, REQ, HYD])
    check('two telegrams on a line', pairs(HYD) + ' ' + pairs(KAM), [HYD, KAM])
    check('bytes in front of a telegram', 'FE FE ' + pairs(HYD), [HYD], 9,
          ':1: 2 bytes outside any telegram\n')
    check('a telegram in two lines', pairs(HYD[:60]) + '\n' + pairs(HYD[60:]), [HYD])
    check('one that is not finished, then another', pairs(HYD[:60]) + '\n' + pairs(KAM), [KAM], 9,
          ':1: a long frame ends after 60 of 100 bytes\n')
    check('one that is not finished, at the end', pairs(HYD[:60]), [], 9,
          ':1: a long frame ends after 60 of 100 bytes\n')


def codes():
    text = pairs(HYD) + '\r\n' + pairs(KAM) + '\r\n'
    check('UTF-8 with its mark', b'\xEF\xBB\xBF' + text.encode(), [HYD, KAM])
    check('UTF-16, little endian', b'\xFF\xFE' + text.encode('utf-16-le'), [HYD, KAM])
    check('UTF-16, big endian', b'\xFE\xFF' + text.encode('utf-16-be'), [HYD, KAM])
    check('UTF-16 without a mark', text.encode('utf-16-le'), [HYD, KAM])
    check('other languages', 'Zähler im Keller: ' + pairs(HYD), [HYD])
    check('and other codes', 'Zähler im Keller: '.encode('latin-1') + pairs(HYD).encode(), [HYD])
    for head in (b'\xFE\xFE', b'\xFF', b'\xFF\xFE', b'\xFE\xFF', b'\x00', b'\xEF\xBB\xBF'):
        check(f'binary behind {head.hex()}', head + HYD + KAM, [HYD, KAM], 9,
              f', byte 0: {len(head)} byte{"s" if len(head) > 1 else ""} outside any telegram\n')
    check('binary', ACK + NKE + HYD, [ACK, NKE, HYD])
    check('one acknowledgment', ACK, [ACK])


def logs():
    for name, line in (
            ('wmbusmeters', 'telegram=|' + HYD.hex()[:38] + '_' + HYD.hex()[38:] + '|+5'),
            ('wmbusmeters, serial', f'(serial) received binary "{HYD.hex().upper()}"'),
            ('ioBroker', 'mbus.0 2024-09-10 20:33:05.123 debug (812) Received: ' + HYD.hex()),
            ('ioBroker, bytes', '2024-09-10 10:10:10.123  - debug: mbus.0 <Buffer '
             + pairs(HYD).lower() + '>'),
            ('FHEM, of a CUL', '2024.09.10 20:33:05.123 4: CUL/RAW: b' + HYD.hex().upper()),
            ('FHEM', '2024.09.10 20:33:05 5: MBUS: read ' + HYD.hex()),
            ('esphome', '[22:33:05][D][uart_debug:114]: <<< ' + pairs(HYD, ':')),
            ('esphome, quoted', '[22:33:05][D][uart_debug:158]: <<< "' + '\\x'
             + pairs(HYD, '\\x') + '"'),
            ('tio', '[20:33:05.123] ' + pairs(HYD)),
            ('CSV', 'house 1;2024-09-10;' + HYD.hex() + ';ok'),
            ('syslog', 'Sep 10 10:33:05 pi mbus[16]: rx ' + pairs(HYD))):
        check('a log of ' + name, line + '\n', [HYD])
    check('a telegram in several lines of a log', ''.join(
        f'[22:33:0{i // 32}][D][uart_debug:114]: <<< {pairs(HYD[i:i + 32], ":")}\n'
        for i in range(0, 100, 32)), [HYD])
    check('a telegram in parts of wmbusmeters', f'(serial) received binary "{HYD.hex()[:40]}"\n'
          f'(serial) received binary "{HYD.hex()[40:]}"\n', [HYD])
    check('Docklight', f'10.09.2024 20:33:05.12 [TX] - {pairs(NKE)}\n10.09.2024 20:33:05.22 [RX] - E5 \n'
          f'10.09.2024 20:33:05.53 [RX] - {pairs(HYD)}\n', [NKE, ACK, HYD])
    check('socat', '> 2024/09/10 20:33:05.000123  length=5 from=0 to=4\n 10 40 fd 3d 16\n--\n'
          '< 2024/09/10 20:33:05.100123  length=1 from=0 to=0\n e5\n--\n', [NKE, ACK])
    libmbus = ('init_slaves: debug: sending init frame #1\n'
               '[2015-04-02 22:48:59] SEND (005): ' + pairs(NKE) + '\n'
               '[2015-04-02 22:48:59] RECV (001): E5\n'
               f'[2015-04-02 22:48:59] RECV (100): {pairs(HYD)}\n'
               f'mbus_frame_print: Dumping M-Bus frame [type 4, 100 bytes]: {pairs(HYD)} \n'
               '<?xml version="1.0" encoding="ISO-8859-1"?>\n<MBusData>\n\n'
               '    <SlaveInformation>\n        <Id>31892747</Id>\n    </SlaveInformation>\n\n'
               '</MBusData>\n')
    check('all that libmbus writes', libmbus, [NKE, ACK, HYD])
    check('what pyMeterBus writes', f'DEBUG:meterbus.serial:SEND (005) {pairs(NKE)}\n'
          f'INFO:meterbus.serial:RECV (001) E5\nINFO:meterbus.serial:RECV (100) {pairs(HYD)}\n',
          [NKE, ACK, HYD])
    check('other lines of a log are counted', 'start\n[1] rx ' + pairs(HYD) + '\nend\nstop\n',
          [HYD], 0, ':1: 3 lines without a telegram left out\n')
    check('without a log they are a fault', 'start\n' + pairs(HYD) + '\n', [HYD], 9,
          ':1: 1 line without a telegram left out\n')
    damaged = bytearray(HYD)
    damaged[20] ^= 1
    check('a damaged telegram in a log is named', '[1] rx ' + pairs(damaged) + '\n', [], 9,
          ':1: checksum (byte 99) is F5, the bytes before it make F4\n'
          if sum(damaged[4:-2]) % 256 == 0xF4 else
          f':1: checksum (byte 99) is F5, the bytes before it make {sum(damaged[4:-2]) % 256:02X}\n')


for part in (dumps, notations, codes, logs):
    part()
print(f'1..{count}')
sys.exit(failed > 0)
