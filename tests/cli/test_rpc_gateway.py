"""Security in front of an RPC server that has none, and in front of a client that has none."""
import os
import signal
import socket
import struct
import subprocess
import threading
import time
from uuid import UUID

import tool
from rpc import (ADD_ONE, ECHO, ECHO_DATA, LEVELS, MGMT, NTLM_USER, TEST_SLEEP, TYPES, WHOAMI, Rpc, Tap, call,
                 open_server)
from tool import ALICE, REALM, check, equal, exits, password

REQUEST, RESPONSE, BIND = 0, 2, 11


def in_front_of(port, *args, **more):
    interfaces = [w for i in (ECHO, WHOAMI) for w in ('--interface', i)]
    return Rpc('--backend', f'127.0.0.1:{port}', *interfaces, *args, **more)


def test_rpc_backend_sees_calls_without_verifiers():
    with open_server() as b, Tap(b.port) as tap, in_front_of(tap.port) as s:
        for words, (options, principal, *_) in TYPES.items():
            for level in LEVELS:
                r = s.call(f'{words},{level}', 'call', ECHO, ADD_ONE, '01000000', *options)
                exits(r, 0)
                equal(r.stdout, b'02000000\n', f'{words},{level}')
                s.record(event='end', principal=principal, calls=1, bytes_in=4, bytes_out=4, contexts=1)
        equal(len(tap.connections), len(TYPES) * len(LEVELS), 'connections to the backend')
        for n in range(len(tap.connections)):
            for pdu in tap.pdus(n, True) + tap.pdus(n, False):
                equal(struct.unpack_from('<H', pdu, 10)[0], 0, 'a verifier went through')
        equal(s.end(), 0)


def test_rpc_backend_big_messages():
    data = os.urandom(3 << 20)
    stub = struct.pack('<II', 4000000, 4000000) + (data + data)[:4000000]
    with open_server() as b, in_front_of(b.port) as s:
        equal(s.call('seal', 'echo', data=data).stdout, data)
        equal(s.call('ntlm,sign', 'call', ECHO, ECHO_DATA, '-', *NTLM_USER, data=stub).stdout, stub[4:])
        exits(s.call('', 'call', ECHO, '77', ''), 4, 'nca_s_op_rng_error', 'not executed')  # the backend's own fault


def test_rpc_backend_is_reached_by_its_interfaces_only():
    with open_server() as b, Tap(b.port) as tap, in_front_of(tap.port) as s:
        for words, verb in (('', ['ping']), ('', ['epm']), ('sign', ['call', MGMT, '0', ''])):
            check(s.call(words, *verb).returncode != 0, verb)
        equal(tap.connections, [])
    with open_server('--builtin', 'echo') as b, in_front_of(b.port, '--builtin', 'mgmt') as s:
        equal(s.call('', 'ping').stdout, b'listening\n')
        exits(s.call('', 'whoami'), 4, 'nca_s_unk_if')  # allowed here, and unknown there
        exits(s.call('', 'call', ECHO, ADD_ONE, '00000000'), 0)


def test_rpc_backend_denied_identities_and_levels():
    with open_server() as b, Tap(b.port) as tap:
        with in_front_of(tap.port, '--allow', 'bob@*', min_level='privacy') as s:
            exits(s.call('', 'call', ECHO, ADD_ONE, '00000000'), 4, 'RPC_S_ACCESS_DENIED')
            s.record(event='denied', principal=ALICE)
            bob = ['--user', f'bob@{REALM}', '--password-file', password('bob')]
            exits(s.call('sign', 'call', ECHO, ADD_ONE, '00000000', *bob), 4, 'RPC_S_ACCESS_DENIED')
            exits(s.call('', 'call', ECHO, ADD_ONE, '00000000', '--level', 'none'), 4, 'RPC_S_ACCESS_DENIED')
            equal(tap.connections, [])
            exits(s.call('seal', 'call', ECHO, ADD_ONE, '00000000', *bob), 0)
            equal(len(tap.connections), 1)


def test_rpc_backend_that_is_not_there():
    with open_server() as b:
        port = b.port
    with in_front_of(port) as s:
        start = time.monotonic()
        exits(s.call('', 'call', ECHO, ADD_ONE, '00000000'), 4, 'nca_s_comm_failure', 'backend')
        check(time.monotonic() - start < 5, 'slow')
        s.record(event='end', principal=ALICE, status_name='IO')


def test_rpc_backend_lost_during_a_call():
    with open_server() as b, in_front_of(b.port) as s:
        got = []
        caller = threading.Thread(target=lambda: got.append(s.call('', 'call', ECHO, TEST_SLEEP, '3c000000')))
        caller.start()
        s.record(event='context', principal=ALICE)
        time.sleep(0.5)
        b.signal(signal.SIGKILL)
        caller.join(10)
        exits(got[0], 4, 'nca_s_comm_failure')
        s.record(event='end', status_name='IO')


def test_rpc_backend_late_replies():
    with open_server() as b, in_front_of(b.port) as s:
        equal(s.call('', 'call', ECHO, TEST_SLEEP, '01000000').stdout, b'01000000\n')
        exits(s.call('', 'call', ECHO, TEST_SLEEP, '05000000', '--call-timeout', '300ms'), 3, 'TIMEOUT')
        exits(s.call('', 'call', ECHO, ADD_ONE, '00000000'), 0)


class Lent:
    """troth connect rpc --listen."""

    def __init__(self, port, words, *options, interfaces=(ECHO, WHOAMI)):
        allow = [w for i in interfaces for w in ('--interface', i)]
        self.process = subprocess.Popen(
            [tool.TROTH, 'connect', 'rpc', f'ncacn_ip_tcp:localhost[{port},{words}]', '--listen', '127.0.0.1:0', *allow,
             *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        line = self.process.stdout.readline().split()
        if len(line) != 2:
            raise AssertionError(self.process.stderr.read())
        self.port = int(line[1].rsplit(':', 1)[1])

    def end(self):
        self.process.terminate()
        self.said = self.process.communicate(timeout=10)[1]
        return self.process.returncode

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.process.poll() is None:
            self.process.kill()
            self.process.communicate()


def test_rpc_security_lent_to_a_local_client():
    data = os.urandom(1 << 20)
    with Rpc(min_level=None) as s:
        for words, (options, principal, _, mech, said) in TYPES.items():
            with Lent(s.port, f'{words},seal', *options) as lent:
                r = call(lent.port, '', 'whoami', '--level', 'none')
                exits(r, 0)
                equal(r.stdout.decode().strip(), said, words)
                equal(call(lent.port, '', 'echo', '--level', 'none', data=data).stdout, data, words)
                check(call(lent.port, '', 'ping', '--level', 'none').returncode != 0, 'mgmt was not lent')
                equal(lent.end(), 0)
                check(lent.said.count('OK  context established') == 2, lent.said)
                s.record(event='context', principal=principal, mech=mech, rpc_level='privacy')


def test_rpc_security_lent_in_vain():
    with Rpc(min_level=None) as s:
        with Lent(s.port, 'spnego,ntlm', *NTLM_USER[:-1], password('wrong')) as lent:
            exits(call(lent.port, '', 'whoami', '--level', 'none'), 4, 'nca_s_comm_failure')
            equal(lent.end(), 0)
            check('FAILED  rpc' in lent.said, lent.said)
        with Lent(s.port, 'ntlm', *NTLM_USER[:-1], password('wrong')) as lent:  # auth3 has no answer
            exits(call(lent.port, '', 'whoami', '--level', 'none'), 4, 'RPC_S_ACCESS_DENIED')
        with Lent(s.port, 'sign') as lent:
            exits(call(lent.port, '', 'whoami', '--level', 'none'), 4, 'RPC_S_ACCESS_DENIED')


def test_rpc_security_lent_through_both():
    """A client without security, ours lent, ours taken away, a server without security."""
    data = os.urandom(2 << 20)
    with open_server() as b, in_front_of(b.port, min_level='privacy') as s, Lent(s.port, 'seal') as lent:
        equal(call(lent.port, '', 'echo', '--level', 'none', data=data).stdout, data)
        s.record(event='end', principal=ALICE, calls=(len(data) + (256 << 10) - 1) // (256 << 10))


BIG_ENDIAN = '''
import socket, struct, sys
from uuid import UUID
port = int(sys.argv[1])
ndr = UUID('8a885d04-1ceb-11c9-9fe8-08002b104860')
echo = UUID('60a15ec5-4de8-11d7-a637-005056a20182')
def pdu(ptype, body, call):
    return struct.pack('>BBBB4sHHI', 5, 0, ptype, 3, bytes(4), 16 + len(body), 0, call) + body
c = socket.create_connection(('127.0.0.1', port), 5)
c.sendall(pdu(11, struct.pack('>HHIBxxxHBx', 4280, 4280, 0, 1, 0, 1) + echo.bytes + struct.pack('>I', 1) + ndr.bytes
              + struct.pack('>I', 2), 1))
assert c.recv(4096)[2] == 12
c.sendall(pdu(0, struct.pack('>IHH', 4, 0, 0) + struct.pack('>I', 41), 2))
r = c.recv(4096)
assert r[2] == 2, r.hex()
order = '<' if r[4] & 0x10 else '>'
print(struct.unpack(order + 'I', r[24:28])[0])
'''


def test_rpc_byte_order_is_carried():
    with open_server() as b, Tap(b.port) as tap, in_front_of(tap.port) as s, Lent(s.port, 'seal') as lent:
        r = subprocess.run(['/usr/bin/python3', '-c', BIG_ENDIAN, str(lent.port)], capture_output=True, timeout=20,
                           check=False)
        equal(r.stdout, b'42\n', r.stderr.decode())
        request = next(p for p in tap.pdus() if p[2] == REQUEST)
        equal(request[4:8], bytes(4), 'the data representation')
        equal(request[-4:], struct.pack('>I', 41))


def test_rpc_backend_of_the_lab():
    with in_front_of(int(os.environ['TROTH_LAB_RPC_BACKEND'].rsplit(':', 1)[1])) as s:
        equal(s.call('seal', 'call', ECHO, ADD_ONE, '01000000').stdout, b'02000000\n')


def raw_call(port, group):
    """Bind without authentication, and call AddOne; the connection, and the group that the server put it in."""
    ndr, echo = UUID('8a885d04-1ceb-11c9-9fe8-08002b104860'), UUID(ECHO.split('@')[0])
    c = socket.create_connection(('127.0.0.1', port), 5)
    body = struct.pack('<HHIBxxxHBx16sI16sI', 4280, 4280, group, 1, 0, 1, echo.bytes_le, 1, ndr.bytes_le, 2)
    c.sendall(struct.pack('<BBBB4sHHI', 5, 0, BIND, 3, b'\x10\0\0\0', 16 + len(body), 0, 1) + body)
    ack = c.recv(4096)
    equal(ack[2], 12, ack.hex())
    c.sendall(struct.pack('<BBBB4sHHI', 5, 0, REQUEST, 3, b'\x10\0\0\0', 28, 0, 2) + struct.pack('<IHHI', 4, 0, 0, 7))
    equal(c.recv(4096)[24:28], struct.pack('<I', 8))
    return c, struct.unpack_from('<I', ack, 20)[0]


def test_rpc_backend_association_groups():
    """Connections that share context handles here share them there, and others do not."""
    with open_server() as b, Tap(b.port) as tap, in_front_of(tap.port) as s:
        one, group = raw_call(s.port, 0)
        two, same = raw_call(s.port, group)
        other, alone = raw_call(s.port, 0)
        equal(same, group)
        check(alone != group, 'one group for all')
        asked = [struct.unpack_from('<I', tap.pdus(n)[0], 20)[0] for n in range(3)]
        given = [struct.unpack_from('<I', tap.pdus(n, False)[0], 20)[0] for n in range(3)]
        equal(asked, [0, given[0], 0])
        check(given[0] == given[1] != given[2], given)
        for c in (one, two, other):
            c.close()


def test_rpc_idle_connections_without_authentication_stay():
    """Half-open ends what has begun and is not complete, and nothing else."""
    with open_server('--handshake-timeout', '200ms') as b:
        c, _ = raw_call(b.port, 0)
        time.sleep(0.6)
        c.sendall(struct.pack('<BBBB4sHHI', 5, 0, REQUEST, 3, b'\x10\0\0\0', 28, 0, 3) +
                  struct.pack('<IHHI', 4, 0, 0, 41))
        equal(c.recv(4096)[24:28], struct.pack('<I', 42))
        c.close()
    with open_server('--idle-timeout', '200ms') as b:
        c, _ = raw_call(b.port, 0)
        c.settimeout(5)
        equal(c.recv(1), b'')


IMPACKET = '''
import sys
from impacket.dcerpc.v5 import transport, lsat, rpcrt
from impacket.uuid import uuidtup_to_bin
port, level, password = int(sys.argv[1]), int(sys.argv[2]), sys.stdin.read().strip()
t = transport.DCERPCTransportFactory(f'ncacn_ip_tcp:127.0.0.1[{port}]')
t.set_connect_timeout(10)
d = t.get_dce_rpc()
if level:
    t.set_credentials('alice', password, 'LAB')
    d.set_auth_type(rpcrt.RPC_C_AUTHN_WINNT)
    d.set_auth_level(level)
d.connect()
d.bind(uuidtup_to_bin(('12345778-1234-abcd-ef00-0123456789ab', '0.0')))
r = lsat.hLsarGetUserName(d)
print(str(r['UserName']).rstrip(chr(0)))
'''


def impacket(port, level):
    """Who impacket is to the server; None where it is not installed."""
    if subprocess.run(['/usr/bin/python3', '-c', 'import impacket'], capture_output=True, check=False).returncode:
        return None
    with open(password('alice'), encoding='utf-8') as secret:
        r = subprocess.run(['/usr/bin/python3', '-c', IMPACKET, str(port), str(level)], capture_output=True, timeout=30,
                           text=True, check=False, stdin=secret)
    equal(r.returncode, 0, r.stderr)
    return r.stdout.strip()


def test_rpc_impacket_through_what_is_lent():
    with Rpc(min_level=None) as s, Lent(s.port, 'seal') as lent:
        check(impacket(lent.port, 0) in ('alice', None), 'impacket is somebody else')
        if s.records():
            s.record(event='context', principal=ALICE, rpc_level='privacy')


def test_rpc_impacket_at_a_protected_backend():
    with open_server() as b, in_front_of(b.port, '--ntlm-without-mic') as s:
        for level, name in ((2, 'connect'), (5, 'integrity'), (6, 'privacy')):
            if impacket(s.port, level) is None:  # who answers is the backend, to which everyone is nobody
                return
            s.record(event='context', principal='LAB\\alice', rpc_level=name)
            s.record(event='end', principal='LAB\\alice', calls=1)
