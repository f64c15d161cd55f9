"""TLS below a wire: our two ends, and Python's ssl and openssl at either end."""
import os
import socket
import ssl
import subprocess
import threading
import time

from tool import NTLM, USERS, Server, check, equal, exits, run, scratch

MADE = {}


def openssl(*args):
    return subprocess.run(['openssl', *args], capture_output=True, check=True, timeout=20)


def issue(name, subject, extensions, ca):
    """A certificate of `ca`, its key in the same file."""
    key, request, cert = (scratch(f'{name}.{x}', b'') for x in ('key', 'csr', 'crt'))
    conf = scratch(f'{name}.ext', extensions.encode())
    openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', request,
            '-subj', subject)
    openssl('x509', '-req', '-in', request, '-CA', ca[0], '-CAkey', ca[1], '-CAcreateserial', '-days', '1', '-out', cert,
            '-extfile', conf)
    return cert, key


def pki():
    if not MADE:
        ca, key = scratch('ca.crt', b''), scratch('ca.key', b'')
        openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out',
                ca, '-days', '1', '-subj', '/CN=troth test CA')
        MADE['ca'] = ca
        MADE['server'] = issue('server', '/CN=server', 'subjectAltName=DNS:localhost,IP:127.0.0.1\n', (ca, key))
        MADE['client'] = issue('client', '/CN=Alice', 'extendedKeyUsage=clientAuth\n', (ca, key))
    return MADE


def server(*args, **more):
    cert, key = pki()['server']
    return Server('--tls-cert', cert, '--tls-key', key, '--ntlm-users', USERS, *args, **more)


def test_both_ends_are_ours():
    data = os.urandom(300000)
    for wire in ('nns', 'net.tcp'):
        with server(wire=wire) as s:
            more = ['--envelope'] if wire == 'net.tcp' else []
            r = s.connect('--tls', '--tls-ca', pki()['ca'], *more, wire=wire, data=data)
            exits(r, 0, 'OK')
            equal(r.stdout, data)
            r = s.connect(*NTLM, '--level', 'none', '--tls', '--tls-ca', pki()['ca'], *more, wire=wire, data=data)
            exits(r, 0, 'OK')
            equal(r.stdout, data)
            equal(s.end(), 0)


def test_who_is_not_trusted():
    with server() as s:
        r = s.connect('--tls')  # the system does not know this authority
        exits(r, 4, 'FAILED')
        r = s.connect('--tls', '--tls-ca', pki()['ca'], '--tls-name', 'other.example')
        exits(r, 4, 'FAILED', 'WRONG_PRINCIPAL', '--tls-name')
        exits(s.connect(), 3, 'FAILED')  # no TLS at all
        s.record(status_name='MALFORMED')
        exits(s.connect('--tls', '--tls-ca', pki()['ca']), 0)
    with Server() as s:
        r = s.connect('--tls', '--tls-ca', pki()['ca'])
        check(r.returncode not in (0, 2), r.stderr)


def test_client_certificates():
    cert, key = pki()['client']
    ours = ['--tls', '--tls-ca', pki()['ca']]
    with server('--client-ca', pki()['ca']) as s:
        check(s.connect(*ours).returncode != 0, 'no certificate')
        exits(s.connect(*ours, '--tls-cert', cert, '--tls-key', key), 0, 'OK')
    with server('--client-ca', pki()['ca'], '--tls-rule', 'cn:Alice->alice@TEST') as s:
        exits(s.connect(*ours, '--tls-cert', cert, '--tls-key', key), 0, 'OK')
    with server('--client-ca', pki()['ca'], '--tls-rule', 'cn:Bob->bob@TEST') as s:
        check(s.connect(*ours, '--tls-cert', cert, '--tls-key', key).returncode != 0, 'no rule fits')


def test_openssl_as_client():
    cert, key = pki()['client']
    with server('--client-ca', pki()['ca']) as s:
        for version in ('-tls1_2', '-tls1_3'):
            r = subprocess.run(['openssl', 's_client', '-connect', s.address, version, '-CAfile', pki()['ca'],
                                '-verify_return_error', '-cert', cert, '-key', key], input=b'', capture_output=True,
                               timeout=20, check=False)
            check(b'Verify return code: 0 (ok)' in r.stdout, r.stdout + r.stderr)
        r = subprocess.run(['openssl', 's_client', '-connect', s.address, '-tls1_1', '-CAfile', pki()['ca']], input=b'',
                           capture_output=True, timeout=20, check=False)
        check(r.returncode != 0, 'TLS 1.1')


class Relay:
    """A port that carries one connection to another one, with TLS on one of its sides: Python's, not ours."""
    last = 0.0  # when anything came

    def __init__(self, to, accept=None, connect=None, cut=None):
        self.to, self.accept, self.connect, self.cut = to, accept, connect, cut
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.address = 'localhost:%d' % self.socket.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        with self.socket:
            near, _ = self.socket.accept()
        far = socket.create_connection(self.to)
        if self.accept:
            near = self.accept.wrap_socket(near, server_side=True)
        if self.connect:
            far = self.connect.wrap_socket(far, server_hostname='localhost')
        near.settimeout(10)
        far.settimeout(10)
        other = threading.Thread(target=self.pump, args=(far, near, self.cut), daemon=True)
        other.start()
        self.pump(near, far, None)
        other.join(10)
        near.close()
        far.close()

    @staticmethod
    def pump(source, sink, cut):
        """
        cut: after that many octets the connection goes, without a word of TLS. Python's TLS ends both directions at once, so
        the other one is waited for.
        """
        seen = 0
        try:
            while data := source.recv(65536):
                sink.sendall(data)
                seen += len(data)
                Relay.last = time.monotonic()
                if cut and seen >= cut:
                    sink.shutdown(socket.SHUT_RDWR)
                    return
            if isinstance(sink, ssl.SSLSocket):
                while time.monotonic() < Relay.last + 0.5:
                    time.sleep(0.05)
                sink.unwrap()
            else:
                sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass


def test_python_as_client():
    """troth connect without TLS -> Python's TLS -> troth serve."""
    context = ssl.create_default_context(cafile=pki()['ca'])
    with server() as s:
        relay = Relay(('127.0.0.1', s.port), connect=context)
        data = os.urandom(100000)
        r = run('connect', 'nns', relay.address, *NTLM, data=data)
        equal(r.stdout, data)


def python_server(to, **more):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pki()['server'])
    return Relay(to, accept=context, **more)


def test_python_as_server():
    """troth connect -> Python's TLS -> troth serve without TLS."""
    with Server('--ntlm-users', USERS) as s:
        relay = python_server(('127.0.0.1', s.port))
        data = os.urandom(100000)
        r = run('connect', 'nns', relay.address, *NTLM, '--tls', '--tls-ca', pki()['ca'], data=data)
        equal(r.stdout, data)


def test_truncation():
    """The connection goes in the middle: what came is no whole answer, and that is said."""
    with Server('--ntlm-users', USERS) as s:
        relay = python_server(('127.0.0.1', s.port), cut=30000)
        r = run('connect', 'nns', relay.address, *NTLM, '--tls', '--tls-ca', pki()['ca'], data=os.urandom(100000))
        check(r.returncode != 0 and b'TRUNCATED' in r.stderr, r.stderr)


def test_options_that_do_not_fit():
    cert, key = pki()['server']
    for args, words in ((['--tls-key', key], '--tls-cert'), (['--client-ca', cert], '--tls-cert'),
                        (['--tls-cert', cert, '--tls-key', key, '--tls-rule', 'cn'], '--client-ca'),
                        (['--tls-cert', cert, '--tls-key', key, '--client-ca', cert, '--tls-rule', 'name:x'], 'FIELD')):
        exits(run('serve', 'nns', '--listen', '127.0.0.1:0', '--echo', '--ntlm-users', USERS, *args), 2, words)
    exits(run('connect', 'nns', 'localhost:1', *NTLM, '--tls-ca', cert), 2, '--tls')
    exits(run('connect', 'rpc', 'ncacn_ip_tcp:localhost', '--tls'), 2, 'rpc')
    exits(run('serve', 'nns', '--listen', '127.0.0.1:0', '--echo', '--ntlm-users', USERS, '--tls-cert', '/nowhere'), 7,
          '/nowhere')
