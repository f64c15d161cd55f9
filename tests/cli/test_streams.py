"""troth serve and troth connect, end to end in a realm."""
import os
import signal
import socket
import struct
import subprocess
import time

import tool
from tool import ALICE, LAB, NTLM, REALM, USERS, Backend, Server, check, equal, exits, password, scratch, wait_for


def test_kerberos_and_its_report():
    data = os.urandom(300000)
    with Server('--level', 'encrypt') as s:
        r = s.connect('--level', 'encrypt', '-v', data=data)
        exits(r, 0, 'leg 1 ->', 'leg 2 <-', 'spnego', 'context', 'aes256', 'mutual', 'OK  context established', 'spn')
        equal(r.stdout, data)
        got = s.record(event='end')
        equal((got['principal'], got['mech'], got['level'], got['proto']), (ALICE, 'kerberos', 'encrypt', 'nns'))
        equal((got['bytes_in'], got['bytes_out']), (len(data), len(data)))
        equal(s.end(), 0)


def test_files_at_both_ends():
    data = os.urandom(3 << 20)
    sent, came = scratch('sent', data), scratch('came', b'')
    with Server() as s, open(sent, 'rb') as source, open(came, 'wb') as sink:
        r = subprocess.run([tool.TROTH, 'connect', 'nns', s.address, '-q'], stdin=source, stdout=sink,
                           stderr=subprocess.PIPE, timeout=20, check=False)
        exits(r, 0)
        with open(came, 'rb') as f:
            equal(f.read(), data)


def test_credentials_of_every_kind():
    keytab = os.path.join(LAB, 'alice.keytab')
    with Server('--ntlm-users', USERS) as s:
        kinds = [['--ccache', os.environ['KRB5CCNAME']], ['--user', ALICE, '--password-file', password('alice')],
                 NTLM, ['--mech', 'negotiate:ntlm', *NTLM[2:]], ['--mech', 'kerberos']]
        if os.path.exists(keytab):
            kinds.append(['--keytab', keytab, '--principal', ALICE])
        for kind in kinds:
            r = s.connect(*kind, '--level', 'sign')
            exits(r, 0, 'OK')
            equal(r.stdout, b'hello')
        for outer, mech, name in (('spnego', 'kerberos', ALICE), ('spnego', 'ntlm', 'LAB\\alice'),
                                  ('ntlm', 'ntlm', 'LAB\\alice'), ('kerberos', 'kerberos', ALICE)):
            s.record(event='end', outer=outer, mech=mech, principal=name, status_name='OK')


def test_no_ntlm_unless_enabled():
    with Server() as s:
        exits(s.connect(*NTLM), 4, 'FAILED')
        wait_for('a record', s.records)
        check(s.records()[0]['status_name'] in ('MALFORMED', 'NO_MECH'), s.text())
        check(not any(r.get('mech') == 'ntlm' and r['status_name'] == 'OK' for r in s.records()), s.text())


def test_a_wrong_ntlm_password():
    with Server('--ntlm-users', USERS) as s:
        r = s.connect(*NTLM[:-1], password('wrong'))
        exits(r, 4, 'FAILED', 'SEC_E_LOGON_DENIED')
        s.record(status_name='DENIED')
        secret = open(password('wrong'), encoding='utf-8').read().strip()
        check(secret not in s.text() + r.stderr.decode(), 'the password was logged')


def test_an_unknown_service():
    with Server() as s:
        exits(s.connect('--spn', 'host/nowhere.example'), 6, 'FAILED', 'TARGET_UNKNOWN')


def test_nothing_less_than_encryption_unless_asked_for():
    with Server(default_level=True) as s:
        exits(s.connect('--level', 'sign'), 4)
        equal(s.record(status_name='TOO_LOW')['wire'], '0x000006fe')
        exits(s.connect(), 0)
    with Server() as s:
        exits(s.connect(), 0)
        equal(s.record(status_name='OK')['level'], 'encrypt')


def test_levels_too_low():
    with Server('--level', 'encrypt') as s:
        exits(s.connect('--level', 'sign'), 4, 'PEER_TOO_LOW')
        s.record(status_name='TOO_LOW')
    with Server('--impersonation', 'impersonate') as s:
        exits(s.connect('--level', 'sign'), 4, 'PEER_TOO_LOW')
        exits(s.connect('--level', 'sign', '--impersonation', 'impersonate'), 0)


def test_channel_bindings():
    f = scratch('binding', b'tls-server-end-point:' + bytes(range(32)))
    other = scratch('binding', b'tls-server-end-point:' + bytes(32))
    with Server('--require-channel-binding', f, '--ntlm-users', USERS) as s:
        for mech in ([], NTLM):
            exits(s.connect('--level', 'sign', '--channel-binding', f, *mech), 0)
            exits(s.connect('--level', 'sign', '--channel-binding', other, *mech), 4)
            exits(s.connect('--level', 'sign', *mech), 4)


def test_who_may_come_in():
    with Backend() as b, Server('--allow', 'BOB@*', '--allow', 'lab\\ALICE', '--backend', b.address, '--ntlm-users', USERS,
                                echo=False) as s:
        exits(s.connect('--level', 'sign'), 4, 'FAILED')
        s.record(status_name='NOT_ALLOWED')
        equal(b.got, [])
        exits(s.connect('--level', 'sign', *NTLM), 0)
        exits(s.connect('--level', 'sign', '--user', f'bob@{REALM}', '--password-file', password('bob')), 0)
        equal(len(b.got), 2)


def proxy_tlvs(header):
    """The TLVs of a PROXY v2 header over IPv4, and what comes behind it."""
    equal(header[:12], b'\r\n\r\n\0\r\nQUIT\n')
    equal(header[12:14], b'\x21\x11')
    end = 16 + struct.unpack('!H', header[14:16])[0]
    tlvs, at = {}, 16 + 12
    while at < end:
        kind, n = struct.unpack('!BH', header[at:at + 3])
        tlvs[kind] = header[at + 3:at + 3 + n]
        at += 3 + n
    equal(at, end)
    return tlvs, header[end:]


def test_the_backend_learns_who_it_is():
    with Backend() as b, Server('--backend', b.address, '--proxy-protocol', echo=False) as s:
        r = s.connect('--level', 'encrypt', data=b'payload')
        exits(r, 0)
        tlvs, rest = proxy_tlvs(b.got[0])
        equal(rest, b'payload')
        check(ALICE.encode() in tlvs[0xE0], tlvs)
        check(b'kerberos' in tlvs[0xE0], tlvs)


def test_a_backend_that_is_not_there():
    with Server('--backend', 'unix:' + LAB + '/nobody', echo=False) as s:
        r = s.connect('--level', 'sign')
        check(r.returncode != 0, r)
        exits(s.connect('--level', 'sign'), r.returncode)


def test_net_tcp_envelopes():
    data = os.urandom(200000)
    with Server(wire='net.tcp') as s:
        for level in ('sign', 'encrypt'):
            r = s.connect('--envelope', '--level', level, '-v', wire='net.tcp', data=data)
            exits(r, 0, 'preamble', 'OK')
            equal(r.stdout, data)
        equal(s.end(), 0)


def test_the_wrong_wire():
    with Server(wire='net.tcp') as s:
        r = s.connect('--level', 'sign')
        check(r.returncode in (3, 4, 5), r)
        check(b'FAILED' in r.stderr, r.stderr)


def test_a_local_port():
    with Server() as s:
        path = LAB + '/local.sock'
        c = subprocess.Popen([tool.TROTH, 'connect', 'nns', s.address, '--level', 'encrypt', '--listen', 'unix:' + path],
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            check(c.stdout.readline().startswith(b'ready '), 'no ready line')
            for _ in range(2):
                with socket.socket(socket.AF_UNIX) as plain:
                    plain.connect(path)
                    plain.sendall(b'through')
                    plain.shutdown(socket.SHUT_WR)
                    got = b''
                    while data := plain.recv(100):
                        got += data
                    equal(got, b'through')
            c.terminate()
            equal(c.wait(10), 0)
        finally:
            c.kill()
            c.wait()
            c.stdout.close()


def test_drain_lets_streams_end():
    with Server() as s:
        c = s.open('--level', 'encrypt', '-q')
        c.stdin.write(b'one')
        c.stdin.flush()
        equal(c.stdout.read(3), b'one')
        s.signal(signal.SIGTERM)
        wait_for('the end of listening', lambda: refused(s.port))
        c.stdin.write(b'two')
        c.stdin.flush()
        equal(c.stdout.read(3), b'two')
        check(s.process.poll() is None, 'the server did not wait for its stream')
        c.stdin.close()
        equal(c.wait(10), 0)
        equal(s.process.wait(10), 0)


def refused(port):
    try:
        socket.create_connection(('127.0.0.1', port), 1).close()
        return False
    except ConnectionRefusedError:
        return True


def stuck_stream(s):
    c = s.open('--level', 'sign', '-q')
    c.stdin.write(b'x')
    c.stdin.flush()
    equal(c.stdout.read(1), b'x')
    return c


def test_drain_has_an_end():
    with Server('--drain-timeout', '300ms') as s:
        c = stuck_stream(s)
        s.signal(signal.SIGTERM)
        equal(s.process.wait(10), 1)
        check(c.wait(10) != 0, 'the client took a reset for an end')
        c.stdin.close()


def test_a_second_signal_is_now():
    with Server('--drain-timeout', '1h') as s:
        c = stuck_stream(s)
        s.signal(signal.SIGTERM)
        wait_for('the end of listening', lambda: refused(s.port))
        s.signal(signal.SIGTERM)
        equal(s.process.wait(10), 1)
        check(c.wait(10) != 0, 'the client took a reset for an end')
        c.stdin.close()


def test_reload_keeps_the_old_users_on_error():
    good = open(USERS, encoding='utf-8').read()
    f = scratch('users', '\n'.join(x for x in good.splitlines() if not x.lower().startswith('lab\\bob')) + '\n')
    bob = ['--mech', 'ntlm', '--user', 'LAB\\bob', '--password-file', password('bob'), '--level', 'sign']
    with Server('--ntlm-users', f) as s:
        c = stuck_stream(s)
        exits(s.connect(*bob), 4)
        with open(f, 'w', encoding='utf-8') as out:
            out.write('nonsense\n')
        s.signal(signal.SIGHUP)
        s.says(f + ':1:')
        s.says('stay as they were')
        exits(s.connect(*NTLM, '--level', 'sign'), 0)
        exits(s.connect(*bob), 4)
        with open(f, 'w', encoding='utf-8') as out:
            out.write(good)
        s.signal(signal.SIGHUP)
        s.says('credentials reloaded')
        exits(s.connect(*bob), 0)
        c.stdin.write(b'y')  # what was open before goes on
        c.stdin.flush()
        equal(c.stdout.read(1), b'y')
        c.stdin.close()
        equal(c.wait(10), 0)


def test_silent_peers_are_not_kept():
    with Server('--handshake-timeout', '300ms') as s:
        with socket.create_connection(('127.0.0.1', s.port), 5) as peer:
            start = time.monotonic()
            while peer.recv(100):
                pass
            check(time.monotonic() - start < 3, 'it was kept')
        s.record(status_name='TIMEOUT')
        exits(s.connect('--level', 'sign'), 0)


def test_a_port_scanner_harms_nobody():
    with Server() as s:
        c = stuck_stream(s)
        for junk in (b'', b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', b'GET / HTTP/1.0\r\n\r\n', bytes(5), b'\x15\x01\x00\x00\x08'):
            with socket.create_connection(('127.0.0.1', s.port), 5) as peer:
                peer.sendall(junk)
                peer.shutdown(socket.SHUT_WR)
                try:
                    while peer.recv(1000):
                        pass
                except ConnectionResetError:
                    pass
        c.stdin.write(b'y')
        c.stdin.flush()
        equal(c.stdout.read(1), b'y')
        c.stdin.close()
        equal(c.wait(10), 0)


def test_no_plugin_enters_the_process():
    with Server('--ntlm-users', USERS) as s:
        for mech in ([], NTLM, ['--mech', 'kerberos']):
            exits(s.connect('--level', 'encrypt', *mech), 0)
        maps = open(f'/proc/{s.process.pid}/maps', encoding='utf-8').read()
        check('libgssapi_krb5' in maps, 'this test looks at the wrong process')
        check('gssntlmssp' not in maps, 'gss-ntlmssp was loaded')
