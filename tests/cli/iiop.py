"""Both gateways of CORBA with the smallest ORB behind them, and its client."""
import os
import signal
import struct
import subprocess
import sys

import tool
from tool import LAB, Server, password, wait_for

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'iiop'))
import echo  # noqa: E402

GSSUP = os.environ.get('TROTH_LAB_GSSUP_USERS', '')
ALICE = ['--user', 'alice', '--password-file', password('alice')]
BOB = ['--user', 'bob', '--password-file', password('alice')]  # as store() has it


class Target(Server):
    """troth serve iiop in front of an ORB."""

    def __init__(self, orb, *args, users=GSSUP, **more):
        words = ['--gssup-users', users] if users else []
        super().__init__('--backend', orb.address, *words, '--tell-caller', *args, wire='iiop', echo=False,
                         default_level=True, **more)


class Lend:
    """troth connect iiop to a target; what it says is kept."""

    def __init__(self, address, *args, listen='127.0.0.1:0'):
        self.process = subprocess.Popen([tool.TROTH, 'connect', 'iiop', address, '--listen', listen, *args],
                                        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().split()
        if line[:1] != ['ready']:
            raise AssertionError(f'no ready line: {line} {self.end(0)}')
        self.port = int(line[1].rsplit(':', 1)[1])

    def client(self):
        return echo.Client(self.port)

    def end(self, want=0):
        """Drain; what it said on stderr."""
        self.process.send_signal(signal.SIGTERM)
        _, said = self.process.communicate(timeout=10)
        tool.equal(self.process.returncode, want, said)
        return said

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate(timeout=10)


def refused(client):
    """A call that must come back as NO_PERMISSION, not executed."""
    try:
        got = client.whoami()
    except echo.Refused as e:
        tool.equal((e.id, e.completed), ('IDL:omg.org/CORBA/NO_PERMISSION:1.0', 1))
        client.socket.close()
        return
    raise AssertionError(f'served as {got}')


def whoami(at):
    """Ask a gateway of either kind, over a connection of its own."""
    client = echo.Client(at.port)
    with client.socket:
        return client.whoami()


OID = bytes.fromhex('0606678102010101')  # GSSUP


def evidence(user, file, realm='default', number=1):
    """Service context 15 with an EstablishContext, little-endian, as spec and judges write it."""
    with open(file, encoding='utf-8') as f:
        secret = f.readline().rstrip('\n')
    name = b'\4\1' + struct.pack('>H', len(OID)) + OID + struct.pack('>I', len(realm)) + realm.encode()
    inner = bytearray(b'\1')
    for part in (user.encode(), secret.encode(), name):
        inner += bytes(-len(inner) % 4) + struct.pack('<I', len(part)) + part
    token = OID + inner
    token = bytes([0x60, len(token)]) + token
    return echo.SAS, struct.pack('<B7xQIIB3xI', 1, number, 0, 0, 1, len(token)) + token


def store(*users, secret=None):
    """A file of users, all with alice's password."""
    path = tool.scratch('gssup', b'')
    for user in users:
        done = tool.run('passwd', path, user, '--password-file', secret or password('alice'), '--cost', '10')
        tool.exits(done, 0)
    return path


def gone(server, n):
    wait_for(f'{n} ends', lambda: sum(r['event'] == 'end' for r in server.records()) >= n)


__all__ = ['ALICE', 'BOB', 'GSSUP', 'LAB', 'Lend', 'Target', 'echo', 'evidence', 'gone', 'refused', 'store', 'whoami']
