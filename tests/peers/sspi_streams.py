#!/usr/bin/python3
"""Schannel's contexts on Windows' names over a socket, against OpenSSL's programs and curl: sspi_streams.py SSPI_STREAM_LINE

Certificates are made for the run. Every row asserts what both sides say of the connection.
"""
import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

OURS = sys.argv[1]
WORK = tempfile.mkdtemp(prefix='troth-streams-')
CONF = os.path.join(WORK, 'sspi.conf')
BIG = 3 << 20
# the digits that our side sends, too; no line begins with what s_client or s_server takes for a command
DIGITS = bytes(10 if i % 64 == 63 else 48 + i // 7 % 10 for i in range(64 * 7 * 10)) * (BIG // 4480 + 1)
RUNNING = []


def at(name):
    return os.path.join(WORK, name)


def openssl(*words, **more):
    return subprocess.run(['openssl', *words], capture_output=True, text=True, timeout=30, check=True, **more)


def make(name, subject, issuer=None, extensions=(), days=2):
    """name.pem and name.key; an authority when issuer is None. days below 0: it is over."""
    key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', at(name + '.key'), '-subj', subject]
    if not issuer:
        openssl('req', '-x509', *key, '-days', '2', '-out', at(name + '.pem'))
        return
    openssl('req', *key, '-out', at(name + '.csr'))
    with open(at(name + '.ext'), 'w', encoding='utf-8') as f:
        f.write('\n'.join(['basicConstraints=critical,CA:FALSE', *extensions]))
    openssl('x509', '-req', '-in', at(name + '.csr'), '-CA', at(issuer + '.pem'), '-CAkey', at(issuer + '.key'), '-days',
            str(days), '-extfile', at(name + '.ext'), '-out', at(name + '.pem'))


def certificates():
    make('ca', '/CN=Tests CA')
    make('other', '/CN=Other CA')
    server, client = 'extendedKeyUsage=serverAuth', 'extendedKeyUsage=clientAuth'
    name = 'subjectAltName=DNS:server.test'
    upn = 'subjectAltName=otherName:1.3.6.1.4.1.311.20.2.3;UTF8:%s@REALM.TEST'
    make('server', '/CN=server', 'ca', [name, server])
    make('between', '/CN=server', 'ca', [name, server])  # as good as the other one, to who trusts the authority
    make('elsewhere', '/CN=server', 'ca', ['subjectAltName=DNS:elsewhere.test', server])
    make('old', '/CN=server', 'ca', [name, server], days=-1)
    make('untrusted', '/CN=server', 'other', [name, server])
    make('alice', '/CN=Alice', 'ca', [upn % 'alice', client])
    make('bob', '/CN=Bob', 'ca', [upn % 'bob', client])
    make('mallory', '/CN=Alice', 'other', [upn % 'alice', client])
    make('late', '/CN=Alice', 'ca', [upn % 'alice', client], days=-1)
    with open(at('users'), 'w', encoding='utf-8') as f:  # "Password", as smbpasswd writes it
        f.write('User:1000:' + 'X' * 32 + ':a4f49c406510bdcab6824ee7c30fd852:[U          ]:LCT-00000000:\n')
    os.chmod(at('users'), 0o600)  # or it is refused
    with open(CONF, 'w', encoding='utf-8') as f:
        f.write('[schannel]\nmap = upn alice@REALM.TEST => DOM\\Alice\n'
                f'[ntlm]\nusers = {at("users")}\ndomain = DOM\nhost = SERVER\n[negotiate]\nntlm = yes\n')


def started(p):
    RUNNING.append(p)
    return p


def ours(how, port, **options):
    words = [f'{k}={v}' for k, v in options.items() if v is not None]
    return started(subprocess.Popen([OURS, how, str(port), *words], stdout=subprocess.PIPE, text=True,
                                    env={**os.environ, 'TROTH_SSPI_CONFIG': CONF}))


def our_server(name='server', **options):
    p = ours('serve', 0, cert=at(name + '.pem'), key=at(name + '.key'), trust=at('ca.pem'), **options)
    return p, p.stdout.readline().split()[1]


def our_client(port, **options):
    return ours('connect', port, **{'target': 'server.test', 'trust': at('ca.pem'), **options})


def own(name):
    return {'cert': at(name + '.pem'), 'key': at(name + '.key')} if name else {}


def their_server(name, *words):
    """openssl s_server on a port of its own choice."""
    p = started(subprocess.Popen(['openssl', 's_server', '-accept', '127.0.0.1:0', '-cert', at(name + '.pem'), '-key',
                                  at(name + '.key'), '-CAfile', at('ca.pem'), '-naccept', '1', '-keymatexport',
                                  'EXPORTER-Channel-Binding', '-keymatexportlen', '32', *words],
                                 stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
    for line in p.stdout:
        if line.startswith(b'ACCEPT'):
            return p, line.decode().split(':')[-1].strip()
    raise SystemExit('openssl s_server did not start')


def client_words(port, *words):
    return ['openssl', 's_client', '-connect', '127.0.0.1:' + port, '-servername', 'server.test', '-CAfile', at('ca.pem'),
            '-verify_return_error', '-verify_hostname', 'server.test', '-keymatexport', 'EXPORTER-Channel-Binding',
            '-keymatexportlen', '32', *words]


def their_client(port, *words, lines=('over the line\n', 'Q\n')):
    """openssl s_client says lines, one after the other."""
    p = started(subprocess.Popen(client_words(port, *words), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT, text=True))
    try:
        for line in lines:
            time.sleep(0.5)
            p.stdin.write(line)
            p.stdin.flush()
        time.sleep(0.5)
    except BrokenPipeError:
        pass
    return p.communicate(timeout=30)[0]


def demand(truth, what, *seen):
    if not truth:
        raise AssertionError('\n'.join([what, *(str(s)[-2000:] for s in seen)]))


def said_by(p):
    return p.communicate(timeout=40)[0].splitlines()


def opened(line, version, who='', protocol='', mutual=None):
    """What we say of a stream; what it exports."""
    demand(line.startswith('open '), 'did not open', line)
    is_mutual, name, alpn, was, exported = line[5:].split('|')
    demand(not version or was == version, 'version', line)
    demand(name == who and is_mutual == str(int(bool(who) if mutual is None else mutual)), 'whom', line)
    demand(alpn == protocol, 'alpn', line)
    return exported


def flag(version):
    return '-tls1_3' if version == '1.3' else '-tls1_2'


def keying(text):
    found = re.search(r'Keying material: ([0-9A-F]+)', text)
    return found.group(1) if found else None


# ---- our server, their client ----

def row_server(version, client=None, who='', alpn=None):
    p, port = our_server(mode='echo', ask=1 if client else None, alpn=alpn and 'zz,' + alpn)
    words = [flag(version)] + (['-cert', at(client + '.pem'), '-key', at(client + '.key')] if client else [])
    theirs = their_client(port, *words, *(['-alpn', alpn + ',http/1.0'] if alpn else []))
    said = said_by(p)
    demand(said, 'nothing said', theirs)
    exported = opened(said[0], version, who, alpn or '')
    demand('Verify return code: 0 (ok)' in theirs, 'their verdict', theirs)
    demand('over the line' in theirs, 'no echo', theirs, said)
    demand(keying(theirs) == exported, 'exported', theirs, said)
    if client:
        demand('Acceptable client certificate CA names' in theirs and 'CN = Tests CA' in theirs, 'our authorities', theirs)
    if alpn:
        demand('ALPN protocol: ' + alpn in theirs, 'their alpn', theirs)
    demand(said[-1] == 'closed', 'the end', said, theirs)


def row_server_refuses(version, client, status, alert):
    p, port = our_server(mode='echo', ask=1)
    theirs = their_client(port, flag(version), '-cert', at(client + '.pem'), '-key', at(client + '.key'))
    said = said_by(p)
    demand(said == ['failed ' + status], 'our server', said, theirs)
    demand(f'alert number {alert}' in theirs, 'their client was told', theirs)


def row_server_no_protocol(version):
    p, port = our_server(mode='echo', alpn='h2')
    theirs = their_client(port, flag(version), '-alpn', 'http/1.1')
    demand(said_by(p) == ['failed 80090367'], 'our server', theirs)
    demand('alert number 120' in theirs, 'their client was told', theirs)


def row_server_old():
    p, port = our_server(mode='echo')
    theirs = their_client(port, '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0')
    said = said_by(p)
    demand(said == ['failed 80090302'] or said == ['failed 80090331'], 'our server', said, theirs)


def row_server_update():
    """K and k in s_client: KeyUpdates, of which one wants an answer."""
    p, port = our_server(mode='echo')
    theirs = their_client(port, '-tls1_3', lines=('K\n', 'after one\n', 'k\n', 'after two\n', 'K\n', 'K\n', 'K\n', 'after five\n',
                                                  'Q\n'))
    said = said_by(p)
    demand(all(f'after {n}' in theirs for n in ('one', 'two', 'five')) and 'KEYUPDATE' in theirs, 'echoes', theirs, said)
    demand(said[-1] == 'closed', 'the end', said)


def row_server_renegotiation():
    p, port = our_server(mode='echo')
    theirs = their_client(port, '-tls1_2', lines=('before\n', 'R\n'))
    said = said_by(p)
    demand('before' in theirs and 'no renegotiation' in theirs, 'their client was refused', theirs, said)
    demand(sum(s.startswith('open ') for s in said) == 1, 'one handshake only', said)


def row_server_ends(version):
    """We end first; s_client answers."""
    p, port = our_server(mode='talk', text='farewell')
    theirs = their_client(port, flag(version), lines=('hello\n',))
    said = said_by(p)
    demand('got hello' in said and said[-1] == 'closed', 'ours', said, theirs)
    demand('farewell' in theirs and 'closed' in theirs, 'theirs', theirs)


def row_server_cut(version):
    """An end without close_notify is no end."""
    p, port = our_server(mode='echo')
    c = started(subprocess.Popen(client_words(port, flag(version)), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.STDOUT))
    demand(p.stdout.readline().startswith('open '), 'did not open')
    c.kill()
    c.communicate()
    said = said_by(p)
    demand(said == ['cut'], 'the end', said)


def row_server_receives(version):
    p, port = our_server(mode='sink', size=BIG)
    c = started(subprocess.Popen(client_words(port, flag(version), '-quiet', '-no_ign_eof'), stdin=subprocess.PIPE,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT))
    time.sleep(0.3)
    c.communicate(DIGITS[:BIG], timeout=40)
    said = said_by(p)
    demand(f'sum {BIG} {fnv()}' in said and said[-1] == 'closed', 'the sum', said)


def row_server_sends(version):
    p, port = our_server(mode='source', size=BIG)
    c = started(subprocess.Popen(client_words(port, flag(version), '-quiet'), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL))
    got = c.stdout.read()
    c.stdin.close()
    c.wait(20)
    demand(got == DIGITS[:BIG], 'what came', len(got))
    demand(said_by(p)[-1] == 'closed', 'the end')


def row_curl(version, client=None):
    """Two requests over one connection."""
    p, port = our_server(mode='http', alpn='http/1.1', ask=1 if client else None)
    words = ['--cert', at(client + '.pem'), '--key', at(client + '.key')] if client else []
    url = f'https://server.test:{port}/'
    c = subprocess.run(['curl', '-sS', '-v', '--http1.1', '--tlsv' + version, '--tls-max', version, '--cacert', at('ca.pem'), *words,
                        '--resolve', f'server.test:{port}:127.0.0.1', url + 'one', url + 'two'], capture_output=True,
                       text=True, timeout=30, check=False)
    said = said_by(p)
    demand(c.returncode == 0 and c.stdout == 'hello\nhello\n', 'curl', c.stdout, c.stderr, said)
    opened(said[0], version, 'DOM\\Alice' if client else '', 'http/1.1')
    demand(said[1:] == ['request GET /one HTTP/1.1', 'request GET /two HTTP/1.1', 'closed'], 'requests', said, c.stderr)


# ---- our client, their server ----

def row_client(version, client=None, alpn=None):
    p, port = their_server('server', flag(version), *(['-Verify', '2', '-verify_return_error'] if client else []),
                           *(['-alpn', alpn] if alpn else []))
    q = our_client(port, mode='talk', text='from troth\n', alpn=alpn, **own(client))
    seen = b''
    for line in p.stdout:
        seen += line
        if b'from troth' in line:
            break
    p.stdin.write(b'from openssl\n')
    p.stdin.flush()
    said = said_by(q)
    seen = (seen + p.communicate(timeout=20)[0]).decode()
    exported = opened(said[0], version, 'server.test', alpn or '')
    demand('got from openssl' in said, 'what came back', said, seen)
    demand(keying(seen) == exported, 'exported', seen, said)
    demand(said[-1] == 'closed', 'the end', said, seen)
    if client:
        demand('CN = Alice' in seen, 'their view of our certificate', seen)


def row_client_refuses(version, server, status, alert, target='server.test', trust='ca'):
    p, port = their_server(server, flag(version))
    q = our_client(port, mode='talk', target=target, trust=at(trust + '.pem'))
    said = said_by(q)
    seen = p.communicate(timeout=20)[0].decode()
    demand(said == ['failed ' + status], 'our client', said, seen)
    demand(f'alert number {alert}' in seen, 'their server was told', seen)


def row_client_judges(version, server, status):
    """With MANUAL_CRED_VALIDATION the caller looks at the certificate; MUTUAL_AUTH is not granted."""
    p, port = their_server(server, flag(version))
    q = our_client(port, mode='talk', manual=1, text='all the same\n')
    seen = b''
    for line in p.stdout:
        seen += line
        if b'all the same' in line:
            break
    p.stdin.write(b'Q\n')
    p.stdin.flush()
    p.stdin.close()
    said = said_by(q)
    p.wait(20)
    opened(said[0], version, '', mutual=False)
    demand(said[1].startswith(f'verdict {status} of '), 'the verdict', said, seen)


def row_client_refused(version, client):
    """Their server refuses our certificate, or wants one: in 1.3 after we are done."""
    p, port = their_server('server', flag(version), '-Verify', '2', '-verify_return_error')
    said = said_by(our_client(port, mode='talk', **own(client)))
    p.communicate(timeout=20)
    want = '80090325' if client else '8009030E' if version == '1.3' else '80090326'
    demand(said[-1] == 'failed ' + want, 'our client', said)
    demand(version == '1.3' or len(said) == 1, 'no stream', said)


def row_client_no_protocol(version):
    p, port = their_server('server', flag(version), '-alpn', 'h2')
    said = said_by(our_client(port, mode='talk', alpn='http/1.1'))
    p.communicate(timeout=20)
    demand(said == ['failed 80090367'], 'our client', said)


def row_client_update():
    p, port = their_server('server', '-tls1_3')
    q = our_client(port, mode='echo')
    demand(q.stdout.readline().startswith('open '), 'our client did not open')
    for text in (b'K\n', b'after one\n', b'k\n', b'after two\n', b'K\n', b'K\n', b'after four\n', b'q\n'):
        time.sleep(0.4)
        p.stdin.write(text)
        p.stdin.flush()
    seen = p.communicate(timeout=20)[0]
    said = said_by(q)
    demand(all(b'after ' + n in seen for n in (b'one', b'two', b'four')), 'echoes', seen, said)


def row_client_renegotiation():
    """r in s_server asks for a renegotiation of TLS 1.2."""
    p, port = their_server('server', '-tls1_2')
    q = our_client(port, mode='echo')
    demand(q.stdout.readline().startswith('open '), 'our client did not open')
    for text in (b'before\n', b'r\n'):
        time.sleep(0.4)
        p.stdin.write(text)
        p.stdin.flush()
    seen = p.stdout.read()
    p.wait(20)
    said = said_by(q)
    demand(b'before' in seen, 'echo', seen)
    demand(b'no renegotiation' in seen, 'their server was refused', seen, said)


def row_client_sends(version):
    p, port = their_server('server', flag(version))
    q = our_client(port, mode='source', size=BIG)
    got = p.stdout.read()  # its end comes with the connection's; s_server would end with its input's
    p.communicate(timeout=20)
    demand(DIGITS[:BIG] in got, 'what came', len(got))
    said_by(q)


def row_client_receives(version):
    p, port = their_server('server', flag(version))
    q = our_client(port, mode='sink', size=BIG)
    demand(q.stdout.readline().startswith('open '), 'our client did not open')
    feeder = threading.Thread(target=lambda: (p.stdin.write(DIGITS[:BIG]), p.stdin.flush()), daemon=True)
    drain = threading.Thread(target=p.stdout.read, daemon=True)
    feeder.start()
    drain.start()
    said = said_by(q)
    feeder.join(20)
    demand(said[0] == f'sum {BIG} {fnv()}' and said[-1] == 'closed', 'the sum', said)
    p.wait(20)


def fnv():
    if not hasattr(fnv, 'kept'):
        h = 14695981039346656037
        for b in DIGITS[:BIG]:
            h = (h ^ b) * 1099511628211 & 0xffffffffffffffff
        fnv.kept = f'{h:016x}'
    return fnv.kept


# ---- a context inside of the stream, bound to it ----

class Between:
    """Who has a certificate of the same authority for the same name, and passes all octets on."""

    def __init__(self, port):
        self.to_server = int(port)
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = str(self.listener.getsockname()[1])
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        theirs.load_cert_chain(at('between.pem'), at('between.key'))
        mine = ssl.create_default_context(cafile=at('ca.pem'))
        plain, _ = self.listener.accept()
        client = theirs.wrap_socket(plain, server_side=True)
        server = mine.wrap_socket(socket.create_connection(('127.0.0.1', self.to_server)), server_hostname='server.test')
        for a, b in ((client, server), (server, client)):
            threading.Thread(target=self.carry, args=(a, b), daemon=True).start()

    @staticmethod
    def carry(a, b):
        try:
            while octets := a.recv(65536):
                b.sendall(octets)
            b.unwrap()
        except (OSError, ValueError):
            pass


def row_bound(package, version, between=False, bind=None):
    p, port = our_server(mode='bound', package=package, max='1.2' if version == '1.2' else None)
    relay = Between(port) if between else None
    kerberos = package == 'Kerberos'
    q = our_client(relay.port if relay else port, mode='bound', package=package, spn='host/localhost' if kerberos else 'host/server',
                   user=None if kerberos else 'DOM\\User:Password', bind=bind)
    mine, theirs = said_by(q), said_by(p)
    opened(mine[0], None if between else version, 'server.test')
    if between or bind:
        demand(theirs[1:] == ['failed 80090346'], 'BAD_BINDINGS', theirs, mine)
    else:
        demand(theirs[1].startswith('bound ') and mine[1] == 'bound', 'bound', theirs, mine)
        demand('User' in theirs[1] or kerberos, 'who', theirs)


# ---- all of them ----

def table():
    rows = []
    for v in ('1.2', '1.3'):
        rows += [(row_server, v), (row_server, v, 'alice', 'DOM\\Alice'), (row_server, v, None, '', 'h2'),
                 (row_server_refuses, v, 'mallory', '80090325', 48), (row_server_refuses, v, 'late', '80090328', 45),
                 (row_server_refuses, v, 'bob', '8009030C', 42), (row_server_refuses, v, 'server', '80090349', 43),
                 (row_server_no_protocol, v), (row_server_ends, v), (row_server_cut, v), (row_server_receives, v),
                 (row_server_sends, v), (row_client, v), (row_client, v, 'alice'), (row_client, v, None, 'h2'),
                 (row_client_refuses, v, 'elsewhere', '80090322', 42), (row_client_refuses, v, 'old', '80090328', 45),
                 (row_client_refuses, v, 'untrusted', '80090325', 48), (row_client_refuses, v, 'alice', '80090349', 43),
                 (row_client_refuses, v, 'server', '80090322', 42, 'elsewhere.test'),
                 (row_client_judges, v, 'server', '00000000'), (row_client_judges, v, 'untrusted', '80090325'),
                 (row_client_judges, v, 'elsewhere', '80090322'), (row_client_refused, v, 'mallory'),
                 (row_client_refused, v, None), (row_client_no_protocol, v), (row_client_sends, v), (row_client_receives, v),
                 (row_bound, 'NTLM', v), (row_bound, 'NTLM', v, True), (row_bound, 'NTLM', v, False, 'no'),
                 (row_bound, 'Negotiate', v), (row_bound, 'Negotiate', v, True)]
        if shutil.which('curl'):
            rows += [(row_curl, v), (row_curl, v, 'alice')]
    return rows + [(row_server_old,), (row_server_update,), (row_server_renegotiation,), (row_client_update,),
                   (row_client_renegotiation,)]


def main():
    if not shutil.which('openssl'):
        print('skip: openssl is not installed')
        return 77
    certificates()
    rows, bad = [r for r in table() if len(sys.argv) < 3 or sys.argv[2] in ' '.join([r[0].__name__, *map(str, r[1:])])], 0
    for row in rows:
        name = ' '.join([row[0].__name__[4:], *map(str, row[1:])])
        try:
            row[0](*row[1:])
            print('ok', name)
        except (AssertionError, subprocess.SubprocessError, IndexError, OSError) as e:
            bad += 1
            print('FAILED', name, e if isinstance(e, AssertionError) else repr(e), sep='\n')
        for p in RUNNING:
            if p.poll() is None:
                p.kill()
                p.wait()
        RUNNING.clear()
    shutil.rmtree(WORK)
    print(f'{len(rows) - bad} of {len(rows)} rows')
    return 1 if bad else 0


sys.exit(main())
