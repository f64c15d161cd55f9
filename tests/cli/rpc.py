"""What the tests of troth serve rpc and troth connect rpc share."""
import socket
import struct
import threading

from tool import ALICE, REALM, USERS, Server, password, run

WHOAMI = '12345778-1234-abcd-ef00-0123456789ab@0.0'
ECHO = '60a15ec5-4de8-11d7-a637-005056a20182@1.0'
MGMT = 'afa8bd80-7d8a-11c9-bef4-08002b102989@1.0'
ADD_ONE, ECHO_DATA, TEST_SLEEP = '0', '1', '6'
LEVELS = ('connect', 'packet', 'sign', 'seal')
# the words of a binding, who that is to the server, and as what
NTLM_USER = ['--user', 'LAB\\alice', '--password-file', password('alice')]
TYPES = {'spnego': ([], ALICE, 'spnego', 'kerberos', f'{REALM}\\alice'),
         'krb5': ([], ALICE, 'kerberos', 'kerberos', f'{REALM}\\alice'),
         'spnego,ntlm': (NTLM_USER, 'LAB\\alice', 'spnego', 'ntlm', 'LAB\\alice'),
         'ntlm': (NTLM_USER, 'LAB\\alice', 'ntlm', 'ntlm', 'LAB\\alice')}


class Rpc(Server):
    """troth serve rpc; min_level None leaves the default."""

    def __init__(self, *args, min_level='none', ntlm=True, **more):
        level = [] if min_level is None else ['--min-level', min_level]
        users = ['--ntlm-users', USERS] if ntlm else []
        super().__init__(*level, *users, *args, wire='rpc', echo=False, default_level=True, **more)

    def call(self, words, *verb, **more):
        return call(self.port, words, *verb, **more)


def open_server(*args, **more):
    """One that asks for no authentication."""
    return Rpc('--mech', 'none', *args, ntlm=False, **more)


def call(port, words, *verb, data=b'', **more):
    binding = f'ncacn_ip_tcp:localhost[{port},{words}]' if words else f'ncacn_ip_tcp:localhost[{port}]'
    return run('connect', 'rpc', binding, *verb, data=data, **more)


def size_of(pdu):
    """frag_length, in the sender's order."""
    return struct.unpack_from('<H' if pdu[4] & 0xf0 else '>H', pdu, 8)[0]


class Tap:
    """A proxy on loopback that keeps what went through it: (from_client, octets) in order, a list for each connection.
    edit may change octets on their way: edit(number of the connection, from_client, octets)."""

    def __init__(self, port, edit=None):
        self.to, self.edit = port, edit
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]
        self.connections = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                near, _ = self.socket.accept()
            except OSError:
                return
            far = socket.create_connection(('127.0.0.1', self.to))
            self.connections.append([])
            n = len(self.connections) - 1
            for a, b, from_client in ((near, far, True), (far, near, False)):
                threading.Thread(target=self.carry, args=(n, a, b, from_client), daemon=True).start()

    def carry(self, n, a, b, from_client):
        rest = b''
        try:
            while data := a.recv(65536):
                rest += data
                while len(rest) >= 16 and len(rest) >= (size := size_of(rest)):
                    pdu, rest = rest[:size], rest[size:]
                    if self.edit:
                        pdu = self.edit(n, from_client, pdu)
                    self.connections[n].append((from_client, pdu))
                    b.sendall(pdu)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            b.close()

    def pdus(self, n=0, from_client=True):
        return [p for f, p in self.connections[n] if f == from_client]

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()
