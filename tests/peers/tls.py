#!/usr/bin/python3
"""Our TLS against OpenSSL's own programs and curl, in both roles: tls.py TLS_LINE

Certificates are made for the run. Every row asserts what both sides say of the connection.
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

OURS = sys.argv[1]
WORK = tempfile.mkdtemp(prefix='troth-tls-')


def at(name):
    return os.path.join(WORK, name)


def openssl(*words, **more):
    return subprocess.run(['openssl', *words], capture_output=True, text=True, timeout=30, check=True, **more)


def make(name, subject, issuer=None, extensions=(), password=None):
    """name.pem and name.key; an authority when issuer is None."""
    words = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-days', '2', '-subj', subject,
             '-keyout', at(name + '.key'), '-out', at(name + '.pem')]
    words += ['-passout', 'pass:' + password] if password else ['-nodes']
    if issuer:
        words += ['-CA', at(issuer + '.pem'), '-CAkey', at(issuer + '.key'), '-addext', 'basicConstraints=critical,CA:FALSE']
    for e in extensions:
        words += ['-addext', e]
    openssl(*words)


def certificates():
    make('ca', '/CN=Tests CA')
    make('other', '/CN=Other CA')
    make('server', '/CN=server', 'ca', ['subjectAltName=DNS:server.test', 'extendedKeyUsage=serverAuth'])
    upn = 'subjectAltName=otherName:1.3.6.1.4.1.311.20.2.3;UTF8:alice@REALM.TEST'
    make('alice', '/CN=Alice', 'ca', [upn, 'extendedKeyUsage=clientAuth'])
    make('locked', '/CN=Alice', 'ca', [upn, 'extendedKeyUsage=clientAuth'], password='opensesame')
    make('mallory', '/CN=Alice', 'other', [upn, 'extendedKeyUsage=clientAuth'])


def ours(*words):
    return subprocess.Popen([OURS, *words], stdout=subprocess.PIPE, text=True)


def our_server(**options):
    base = {'cert': at('server.pem'), 'key': at('server.key'), 'trust': at('ca.pem')}
    p = ours('serve', '0', *[f'{k}={v}' for k, v in {**base, **options}.items()])
    return p, p.stdout.readline().split()[1]


def their_server(*words):
    """openssl s_server on a port of its own choice."""
    p = subprocess.Popen(['openssl', 's_server', '-accept', '127.0.0.1:0', '-cert', at('server.pem'), '-key', at('server.key'),
                          '-CAfile', at('ca.pem'), '-naccept', '1', '-keymatexport', 'EXPORTER-Channel-Binding',
                          '-keymatexportlen', '32', *words],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)
    for line in p.stdout:
        if line.startswith('ACCEPT'):
            return p, line.split(':')[-1].strip()
    raise SystemExit('openssl s_server did not start')


def demand(truth, what, *seen):
    if not truth:
        raise AssertionError('\n'.join([what, *map(str, seen)]))


def their_client(port, *words, text='Q over the line\n', wait=0.6):
    """openssl s_client says text, waits for what comes back, and ends."""
    p = subprocess.Popen(['openssl', 's_client', '-connect', '127.0.0.1:' + port, '-servername', 'server.test', '-CAfile',
                          at('ca.pem'), '-verify_return_error', '-verify_hostname', 'server.test', '-keymatexport',
                          'EXPORTER-Channel-Binding', '-keymatexportlen', '32', '-nocommands', *words],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    time.sleep(wait)
    try:
        p.stdin.write(text)
        p.stdin.flush()
        time.sleep(wait)
    except BrokenPipeError:
        pass
    return p.communicate(timeout=20)[0]


def keying(text):
    # s_client exports without a context, which in TLS 1.3 is the same as an empty one [RFC 8446 7.5]
    found = re.search(r'Keying material: ([0-9A-F]+)', text)
    return found.group(1) if found else None


def row_server(version, client=None, alpn=None):
    """Our server, OpenSSL's client."""
    more = {'require': 1, 'upn': 1} if client else {}
    if alpn:
        more['alpn'] = alpn
    p, port = our_server(**more)
    words = ['-' + version] + (['-cert', at(client + '.pem'), '-key', at(client + '.key')] if client else [])
    words += ['-alpn', 'zz,' + alpn] if alpn else []
    theirs = their_client(port, *words)
    said = p.communicate(timeout=20)[0].splitlines()
    demand(said and said[0].startswith('open '), 'our server did not open', said, theirs)
    detail, peer, protocol, bound = said[0][5:].split('|')
    demand(detail.startswith('TLSv1.3' if version == 'tls1_3' else 'TLSv1.2'), 'version', detail)
    demand(peer == ('alice@REALM.TEST' if client else ''), 'peer', peer)
    demand(protocol == (alpn or ''), 'alpn', protocol)
    demand('Verify return code: 0 (ok)' in theirs, 'their verdict', theirs)
    demand('Q over the line' in theirs, 'no echo', theirs, said)
    if version == 'tls1_3':
        demand(keying(theirs) == bound, 'exporter', theirs, bound)
    if alpn:
        demand('ALPN protocol: ' + alpn in theirs, 'their alpn', theirs)
    demand(said[-1] == 'closed', 'the end', said)


def row_refused(version, client, want, alert):
    """Our server refuses a client, which is told."""
    p, port = our_server(require=1, upn=1)
    words = ['-' + version] + (['-cert', at(client + '.pem'), '-key', at(client + '.key')] if client else [])
    theirs = their_client(port, *words)
    said = p.communicate(timeout=20)[0].splitlines()
    demand(said[0].startswith('failed ' + want), 'our server', said, theirs)
    demand(f'alert number {alert}' in theirs, 'their client was told', theirs)


def row_client(version, client=None, alpn=None):
    """Our client, OpenSSL's server."""
    p, port = their_server('-' + version, *(['-Verify', '2', '-verify_return_error'] if client else []),
                           *(['-alpn', alpn] if alpn else []))
    words = ['target=server.test', 'trust=' + at('ca.pem'), 'mode=send', 'text=from troth\n']
    if client:
        words += ['cert=' + at(client + '.pem'), 'key=' + at(client + '.key'), 'password=opensesame']
    words += ['alpn=' + alpn] if alpn else []
    q = ours('connect', port, *words)
    seen = ''
    opened = q.stdout.readline()
    demand(opened.startswith('open '), 'our client did not open', opened)
    detail, peer, protocol, bound = opened.strip()[5:].split('|')
    for line in p.stdout:
        seen += line
        if 'from troth' in line:
            break
    p.stdin.write('from openssl\n')
    p.stdin.flush()
    said = q.communicate(timeout=20)[0]
    seen += p.communicate(timeout=20)[0]
    demand(detail.startswith('TLSv1.3' if version == 'tls1_3' else 'TLSv1.2'), 'version', detail)
    demand(peer == 'server.test' and protocol == (alpn or ''), 'facts', opened)
    demand('got from openssl' in said, 'what came back', said, seen)
    if version == 'tls1_3':
        demand(keying(seen) == bound, 'exporter', seen, bound)
    if client:
        demand('CN = Alice' in seen, 'their view of our certificate', seen)


def row_update(side):
    """OpenSSL asks for new keys, and gets them: K in s_client and s_server is KeyUpdate with an answer."""
    if side == 'server':
        p, port = our_server()
        c = subprocess.Popen(['openssl', 's_client', '-connect', '127.0.0.1:' + port, '-CAfile', at('ca.pem'), '-tls1_3'],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for text in ('K\n', 'after the first\n', 'k\n', 'after the second\n', 'Q\n'):
            time.sleep(0.4)
            c.stdin.write(text)
            c.stdin.flush()
        theirs = c.communicate(timeout=20)[0]
        said = p.communicate(timeout=20)[0]
        demand('after the first' in theirs and 'after the second' in theirs and 'KEYUPDATE' in theirs, 'echoes', theirs, said)
        demand('closed' in said, 'the end', said)
        return
    p, port = their_server('-tls1_3')
    q = ours('connect', port, 'target=server.test', 'trust=' + at('ca.pem'), 'mode=send')
    demand(q.stdout.readline().startswith('open '), 'our client did not open')
    for text in ('K\n', 'after\n'):
        time.sleep(0.4)
        p.stdin.write(text)
        p.stdin.flush()
    said = q.communicate(timeout=20)[0]
    p.communicate(timeout=20)
    demand('got after' in said, 'what came after', said)


def row_renegotiation():
    """R in s_client asks for a renegotiation of TLS 1.2: refused."""
    p, port = our_server()
    c = subprocess.Popen(['openssl', 's_client', '-connect', '127.0.0.1:' + port, '-CAfile', at('ca.pem'), '-tls1_2'],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for text in ('before\n', 'R\n'):
        time.sleep(0.4)
        c.stdin.write(text)
        c.stdin.flush()
    time.sleep(0.4)
    theirs = c.communicate(timeout=20)[0]
    said = p.communicate(timeout=20)[0]
    demand('before' in theirs and 'no renegotiation' in theirs, 'their client was refused', theirs)
    demand(said.count('open ') == 1, 'one handshake only', said)


def row_old():
    """TLS 1.1 is no version of ours."""
    p, port = our_server()
    theirs = their_client(port, '-tls1_1', '-cipher', 'ALL:@SECLEVEL=0')
    said = p.communicate(timeout=20)[0]
    demand(said.startswith('failed NO_MECH 70'), 'our server', said, theirs)


def row_curl(version):
    p, port = our_server(mode='http', alpn='http/1.1', require=1, upn=1)
    c = subprocess.run(['curl', '-sS', '--http1.1', '--' + version, '--cacert', at('ca.pem'), '--cert', at('alice.pem'), '--key',
                        at('alice.key'), '--resolve', f'server.test:{port}:127.0.0.1', f'https://server.test:{port}/'],
                       capture_output=True, text=True, timeout=30)
    said = p.communicate(timeout=20)[0]
    demand(c.stdout == 'hello\n' and not c.returncode, 'curl', c, said)
    demand('|alice@REALM.TEST|http/1.1|' in said, 'our server', said)


def main():
    if not shutil.which('openssl'):
        print('skip tests/peers/tls.py: openssl is not installed')
        return 77
    certificates()
    rows = []
    for v in ('tls1_2', 'tls1_3'):
        rows += [(row_server, v), (row_server, v, 'alice'), (row_server, v, None, 'h2'), (row_client, v),
                 (row_client, v, 'alice'), (row_client, v, 'locked'), (row_client, v, None, 'h2'),
                 (row_refused, v, None, 'DENIED', 116 if v == 'tls1_3' else 40), (row_refused, v, 'mallory', 'DENIED', 48)]
    rows += [(row_update, 'server'), (row_update, 'client'), (row_renegotiation,), (row_old,)]
    if shutil.which('curl'):
        rows += [(row_curl, 'tlsv1.2'), (row_curl, 'tlsv1.3')]
    bad = 0
    for row in rows:
        name = ' '.join([row[0].__name__[4:], *map(str, row[1:])])
        try:
            row[0](*row[1:])
            print('ok', name)
        except (AssertionError, subprocess.SubprocessError) as e:
            bad += 1
            print('FAILED', name, e, sep='\n')
    shutil.rmtree(WORK)
    print(f'{len(rows) - bad} of {len(rows)} rows')
    return 1 if bad else 0


sys.exit(main())
