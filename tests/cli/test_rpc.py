"""troth serve rpc and troth connect rpc: identities, levels, calls, refusals."""
import os
import shutil
import struct
import sys
import time

from rpc import ADD_ONE, ECHO, ECHO_DATA, LEVELS, MGMT, NTLM_USER, TYPES, WHOAMI, Rpc, Tap, call, open_server
from tool import ALICE, LAB, REALM, USERS, check, equal, exits, password, run, scratch

RPC_LEVEL = {'connect': 'connect', 'packet': 'integrity', 'sign': 'integrity', 'seal': 'privacy'}


def test_rpc_every_mechanism_and_level():
    with Rpc() as s:
        for words, (options, principal, outer, mech, said) in TYPES.items():
            for level in LEVELS:
                r = s.call(f'{words},{level}', 'whoami', *options)
                exits(r, 0, 'OK  context established')
                equal(r.stdout.decode().strip(), said, f'{words},{level}')
                s.record(event='context', proto='rpc', principal=principal, outer=outer, mech=mech,
                         rpc_level=RPC_LEVEL[level])
        s.record(event='end', principal=ALICE, contexts=1, status_name='OK')
        equal(s.end(), 0)


def test_rpc_encryption_is_the_default_at_both_ends():
    with Rpc(min_level=None) as s:
        exits(s.call('', 'whoami', '-v'), 0, 'leg 1 ->', 'context', 'calls are sealed', 'spn')
        s.record(event='context', rpc_level='privacy', principal=ALICE)
        exits(s.call('sign', 'whoami'), 4, 'RPC_S_ACCESS_DENIED', 'this was level integrity', '--level privacy')
        exits(s.call('', 'whoami', '--level', 'none'), 4, 'RPC_S_ACCESS_DENIED', 'level none')
        exits(s.call('', 'ping', '--level', 'none'), 0)  # how to find a server is no secret
        exits(s.call('', 'epm', '--level', 'connect'), 0)


def test_rpc_verbs():
    with Rpc() as s:
        equal(s.call('sign', 'ping').stdout, b'listening\n')
        listed = s.call('seal', 'interfaces').stdout.decode().split()
        for one in (WHOAMI, ECHO, MGMT):
            check(one in listed, listed)
        entries = s.call('', 'epm', '--level', 'none').stdout.decode()
        check(f'{WHOAMI}  ncacn_ip_tcp:127.0.0.1[{s.port}]' in entries, entries)
        equal(s.call('ntlm,seal', 'call', ECHO, ADD_ONE, '29 00 00 00', *NTLM_USER).stdout, b'2a000000\n')
        exits(s.call('', 'call', ECHO, '77', ''), 4, 'nca_s_op_rng_error', 'not executed')
        exits(s.call('', 'call', ECHO.replace('60a1', '60a2'), '0', ''), 4)
        exits(s.call('', 'call', WHOAMI, '45', 'ff'), 4, 'fault')


def test_rpc_both_transfer_syntaxes():
    with Rpc() as s:
        for words in ('seal', 'seal,ndr64', 'sign,ndr64,nohdrsign'):
            equal(s.call(words, 'whoami').stdout.decode(), f'{REALM}\\alice\n', words)
            equal(s.call(words, 'interfaces').stdout.count(b'\n') >= 3, True, words)
            equal(s.call(words, 'echo', data=b'x' * 70001).stdout, b'x' * 70001, words)


def test_rpc_big_calls_in_fragments():
    data = os.urandom(3 << 20)
    stub = struct.pack('<II', 1 << 20, 1 << 20) + data[:1 << 20]
    with Rpc() as s:
        for words, (options, *_) in TYPES.items():
            equal(s.call(f'{words},seal', 'echo', *options, data=data).stdout, data, words)
        equal(s.call('sign', 'call', ECHO, ECHO_DATA, '-', data=stub).stdout, stub[4:])
        big = struct.pack('<II', 4 << 20, 4 << 20) + bytes(4 << 20)  # more than a server takes
        exits(s.call('sign', 'call', ECHO, ECHO_DATA, '-', data=big[:4 << 20]), 4)


def test_rpc_the_endpoint_mapper_names_the_port():
    with Rpc() as s, Rpc('--builtin', 'epm', '--publish', f'{ECHO}=127.0.0.1:{s.port}') as mapper:
        r = run('connect', 'rpc', 'ncacn_ip_tcp:localhost[seal]', 'call', ECHO, ADD_ONE, '01000000', '-v',
                '--epm-port', str(mapper.port))
        exits(r, 0, f'says port {s.port}')
        equal(r.stdout, b'02000000\n')
        r = run('connect', 'rpc', 'ncacn_ip_tcp:localhost', 'whoami', '--epm-port', str(mapper.port))
        check(r.returncode != 0, r)
        exits(r, r.returncode, 'named no port', 'localhost[PORT]')
        r = run('connect', 'rpc', 'ncacn_ip_tcp:localhost', 'ping', '--epm-port', str(mapper.port))
        check(r.returncode != 0, 'no mgmt is offered there')


def test_rpc_a_second_address():
    with Rpc() as probe:
        port = probe.port
    with Rpc('--epm', f'127.0.0.1:{port}') as s:
        check(s.port != port, 'one port')
        r = run('connect', 'rpc', 'ncacn_ip_tcp:localhost', 'whoami', '--epm-port', str(port))
        exits(r, 0)
        equal(r.stdout.decode(), f'{REALM}\\alice\n')


def test_rpc_wrong_credentials():
    with Rpc() as s:
        for words in ('ntlm', 'spnego,ntlm'):
            r = s.call(words, 'whoami', *NTLM_USER[:-1], password('wrong'))
            exits(r, 4, 'FAILED')
            s.record(event='refused', status_name='DENIED', proto='rpc')
        exits(s.call('', 'whoami', '--spn', 'host/nowhere.example'), 6, 'TARGET_UNKNOWN')
        secret = open(password('wrong'), encoding='utf-8').read().strip()
        check(secret not in s.text() + r.stderr.decode(), 'the password was logged')
    with Rpc(ntlm=False) as s:
        check(s.call('ntlm', 'whoami', *NTLM_USER).returncode in (4, 5), 'NTLM is off')
        exits(s.call('', 'whoami'), 0)


def test_rpc_tshark_reads_what_is_sent():
    """Where tshark is installed: no frame of ours is malformed, and the fields are those that were asked for."""
    try:
        sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'rpc'))
        import tshark
    except ImportError:
        return
    if not shutil.which('tshark'):
        return
    with Rpc() as s, Tap(s.port) as tap:
        for words, (options, *_) in TYPES.items():
            for level in LEVELS:
                exits(call(tap.port, f'{words},{level}', 'whoami', *options), 0)
        exits(call(tap.port, 'seal', 'echo', data=bytes(30000)), 0)
        path = scratch('rpc.pcap', b'')
        tshark.write_pcap(path, tap.connections)
    out = tshark.tshark(path, '-Y', '_ws.malformed || _ws.expert.severity == error')
    equal(out, '')
    fields = tshark.tshark(path, '-Y', 'dcerpc.pkt_type == 0', '-T', 'fields', '-e', 'dcerpc.auth_type', '-e',
                           'dcerpc.auth_level').split('\n')
    for kind in (9, 10, 16):
        for level in (4, 5, 6):
            check(any(f'{kind}' in x.split('\t')[0].split(',') and f'{level}' in x.split('\t')[1].split(',')
                      for x in fields if '\t' in x), (kind, level, fields))


def test_rpc_who_may_call():
    with Rpc('--allow', 'BOB@*', '--allow', 'lab\\ALICE') as s:
        exits(s.call('', 'whoami'), 4, 'RPC_S_ACCESS_DENIED', 'not let this identity in')
        s.record(event='denied', principal=ALICE, status_name='NOT_ALLOWED')
        exits(s.call('ntlm', 'whoami', *NTLM_USER), 0)
        s.record(event='context', principal='LAB\\alice')
        exits(s.call('', 'whoami', '--user', f'bob@{REALM}', '--password-file', password('bob')), 0)
        exits(s.call('', 'whoami', '--level', 'none'), 4, 'RPC_S_ACCESS_DENIED')  # patterns, and none for nobody
        exits(s.call('', 'ping', '--level', 'none'), 0)


def test_rpc_without_authentication():
    with open_server() as s:
        exits(s.call('', 'call', ECHO, ADD_ONE, '00000000', '--level', 'none'), 0)
        check(s.call('', 'whoami').returncode in (4, 5), 'there is no authentication to be had')
        s.record(event='end', contexts=0)


def test_rpc_altered_on_the_way():
    def flip(n, from_client, pdu):
        if pdu[2] == (0 if from_client else 2):  # request or response: an octet of the stub
            return pdu[:26] + bytes([pdu[26] ^ 1]) + pdu[27:]
        return pdu

    with Rpc() as s:
        for words, (options, *_) in TYPES.items():
            for level in ('sign', 'seal'):
                with Tap(s.port, flip) as tap:
                    r = call(tap.port, f'{words},{level}', 'call', ECHO, ADD_ONE, '01000000', *options)
                    check(r.returncode != 0 and not r.stdout, (words, level, r))
                with Tap(s.port, lambda n, c, p: flip(n, c, p) if not c else p) as tap:
                    r = call(tap.port, f'{words},{level}', 'call', ECHO, ADD_ONE, '01000000', *options)
                    exits(r, 8, 'FAILED', 'BAD_MIC')
                    check(not r.stdout, r)


def test_rpc_a_server_that_goes_away():
    with Rpc() as s:
        with Tap(s.port, lambda n, c, p: p if p[2] != 2 else p[:20]) as tap:
            r = call(tap.port, 'sign', 'whoami', '--call-timeout', '400ms', '--handshake-timeout', '400ms')
            exits(r, 3, 'FAILED')
    exits(call(s.port, '', 'whoami'), 3, 'FAILED', 'refused')


def test_rpc_half_open_connections_end():
    import socket
    with Rpc('--handshake-timeout', '200ms') as s:
        with socket.create_connection(('127.0.0.1', s.port), 5) as c:
            c.settimeout(5)
            start = time.monotonic()
            equal(c.recv(1), b'')
            check(time.monotonic() - start < 3, 'too late')


def test_rpc_usage():
    here = ['serve', 'rpc', '--listen', '127.0.0.1:0']
    tcp = ['connect', 'rpc', 'ncacn_ip_tcp:localhost[1]']
    for args, name in [
            ([*here, '--proxy-protocol'], '--proxy-protocol'), ([*here, '--threads', '2'], '--threads'),
            ([*here, '--backend', '127.0.0.1:9'], '--interface'), ([*here, '--interface', ECHO], '--backend'),
            ([*here, '--backend', '192.0.2.1:7', '--interface', ECHO], '--unsafe-backend'),
            ([*here, '--interface', 'nonsense', '--backend', '127.0.0.1:9'], '--interface'),
            ([*here, '--builtin', 'nonsense'], '--builtin'), ([*here, '--publish', ECHO], '--publish'),
            ([*here, '--mech', 'none', '--publish', f'{ECHO}=name:1', '--min-level', 'none'], '--publish'),
            ([*here, '--mech', 'none'], '--min-level'), ([*here, '--min-level', 'high'], '--min-level'),
            (['serve', 'nns', '--echo', *here[2:], '--profile', 'windows'], '--profile'),
            (['serve', 'nns', '--echo', *here[2:], '--level', 'integrity'], '--level'),
            (['serve', 'nns', '--echo', *here[2:], '--mech', 'none'], '--mech'),
            (tcp, 'ping, whoami'), ([*tcp, 'nonsense'], 'nonsense'), ([*tcp, 'call', ECHO], 'UUID'),
            ([*tcp, 'call', ECHO, '1', 'xyz'], 'hex'), ([*tcp, 'call', ECHO, '65536', ''], '65536'),
            ([*tcp, 'call', 'nonsense', '1', ''], 'nonsense'), ([*tcp, 'ping', 'more'], 'ping'),
            (['connect', 'rpc', 'localhost:1', 'ping'], 'ncacn_ip_tcp'),
            (['connect', 'rpc', 'ncacn_ip_tcp:', 'ping'], 'host'),
            (['connect', 'rpc', 'ncacn_ip_tcp:localhost[1,sign]', 'ping', '--level', 'sign'], '--level'),
            (['connect', 'rpc', 'ncacn_ip_tcp:localhost[1,ntlm]', 'ping', '--mech', 'ntlm'], '--mech'),
            ([*tcp, 'ping', '--epm-port', '0'], '--epm-port'), ([*tcp, '--listen', '127.0.0.1:0'], '--interface'),
            ([*tcp, 'ping', '--listen', '127.0.0.1:0', '--interface', ECHO], 'ping'),
            ([*tcp, 'ping', '--envelope'], '--envelope'), ([*tcp, 'ping', '--channel-binding', 'x'], '--channel-binding'),
            (['bench', 'rpc', '--loopback'], 'rpc')]:
        exits(run(*args), 2, name)
    exits(run(*here, '--keytab', LAB + '/none', '--ntlm-users', USERS), 7)
