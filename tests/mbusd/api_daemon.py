# SPDX-License-Identifier: GPL-2.0-only
"""For tests of the API with the whole daemon on simulated wires."""
import atexit
import os
import signal
import subprocess
import threading

from api_client import BUILD, PATIENCE, TOP, Server

with open(os.path.join(TOP, 'tests/mbusd/sim/wire.ini.in'), encoding='utf-8') as template:
    WIRE = template.read().replace('@id@', '10000000-10000002')


class Daemon(Server):
    """mbusd with the sanitizers, its wires simulated."""

    def __init__(self):
        super().__init__(start=False)
        self.text, self.ended, self.said = '', False, threading.Condition()
        self.write('north')

    def wire(self, bus):
        return os.path.join(self.directory, bus)

    def write(self, *buses, api=''):
        with open(self.config, 'w', encoding='utf-8') as file:
            file.write(f'[mbusd]\nsite = test\nstore = {self.store}\n'
                       f'[api]\nsocket = {self.socket}\n{api}\n')
            for bus in buses:
                file.write(f'[bus {bus}]\ntty = {self.wire(bus)}\n'
                           f'[meter {bus}-1]\nbus = {bus}\naddress = 10000001\n'
                           f'reads-per-day = 2\n')
        for bus in buses:
            with open(self.wire(bus), 'w', encoding='utf-8') as file:
                file.write(WIRE)

    def run(self):
        # As slow as a real wire, so that a search takes minutes.
        environment = os.environ | {'MBUSD_SIM_PACE': '1'}
        self.process = subprocess.Popen([f'{BUILD}/tests/mbusd/mbusd-sim', '-c', self.config],
                                        stderr=subprocess.PIPE, env=environment, text=True)
        atexit.register(self.process.kill)
        threading.Thread(target=self.listen, daemon=True).start()
        self.wait_for('runs with')

    def listen(self):
        """Reads its messages until it ends."""
        for line in self.process.stderr:
            with self.said:
                self.text += line
                self.said.notify_all()
        with self.said:
            self.ended = True
            self.said.notify_all()

    def messages(self):
        return self.text

    def wait_for(self, message, times=1):
        with self.said:
            self.said.wait_for(lambda: self.ended or self.text.count(message) >= times, PATIENCE)
            if self.text.count(message) < times:
                raise RuntimeError(f'no {message!r} in {self.text}')

    def reload(self, last='is in use now'):
        """What it says to that, until the last of it."""
        before = self.messages()
        self.process.send_signal(signal.SIGHUP)
        self.wait_for(last, times=before.count(last) + 1)
        return self.messages()[len(before):]

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)
