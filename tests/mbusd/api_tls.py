# SPDX-License-Identifier: GPL-2.0-only
"""For tests of the API by TCP."""
import os
import socket
import subprocess

from api_client import PATIENCE, TMP, receive_all


def certificate(key, cert):
    """A new key and its certificate for 127.0.0.1 in these files below TMP."""
    subprocess.run(['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt',
                    'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', f'{TMP}/{key}',
                    '-out', f'{TMP}/{cert}', '-days', '2', '-subj', '/CN=127.0.0.1',
                    '-addext', 'subjectAltName=IP:127.0.0.1'], check=True, capture_output=True)
    os.chmod(f'{TMP}/{key}', 0o600)


def write(name, text):
    path = f'{TMP}/{name}'
    with open(path, 'w', encoding='utf-8') as file:
        file.write(text)
    os.chmod(path, 0o600)
    return path


def free_port():
    with socket.create_server(('127.0.0.1', 0)) as one:
        return one.getsockname()[1]


def connect(port, context, timeout=PATIENCE):
    plain = socket.create_connection(('127.0.0.1', port), timeout)
    return context.wrap_socket(plain, server_hostname='127.0.0.1')


def ask(port, context, headers, method='GET', path='/v1/status'):
    with connect(port, context) as connection:
        lines = [f'{method} {path} HTTP/1.1', 'Host: m', 'Connection: close'] + headers
        connection.sendall(('\r\n'.join(lines) + '\r\n\r\n').encode('latin-1'))
        return receive_all(connection)
