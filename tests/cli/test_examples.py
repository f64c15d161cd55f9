"""The programs of examples/, against the tool and each other."""
import os
import signal
import subprocess
import tempfile

import tool
from tool import ALICE, LAB, Server, check, equal, run


def example(name):
    return os.path.join(os.path.dirname(tool.TROTH), 'examples', name)


def talk(*words, **env):
    return subprocess.run(words, capture_output=True, text=True, timeout=20, check=False, env={**os.environ, **env})


def test_a_blocking_client_against_the_tool():
    with Server('--level', 'encrypt') as s:
        message = 'x' * 100000
        r = talk(example('nns_blocking'), 'localhost', str(s.port), 'host/localhost', message)
        equal((r.returncode, r.stdout, r.stderr), (0, message, ''))
        got = s.record(event='end')
        equal((got['principal'], got['level'], got['bytes_in'], got['status_name']), (ALICE, 'encrypt', 100000, 'OK'))
        equal(got['impersonation'], 'identify')  # what is granted where nothing was said
        r = talk(example('nns_blocking'), 'localhost', str(s.port), 'host/nowhere', 'x')
        equal((r.returncode, r.stdout), (1, ''))
        check('target' in r.stderr, r.stderr)
        r = talk(example('nns_blocking'), 'localhost', str(s.port), 'host/localhost', 'x', KRB5CCNAME='FILE:/nothing')
        equal((r.returncode, r.stderr), (1, 'nns_blocking: no ticket\n'))
    with Server('--handshake-timeout', '1h', '--impersonation', 'delegate') as s:
        r = talk(example('nns_blocking'), 'localhost', str(s.port), 'host/localhost', 'x')
        equal((r.returncode, r.stdout), (1, ''))


def test_a_client_of_the_host_against_the_tool():
    with Server('--level', 'encrypt') as s:
        r = talk(example('nns_client'), s.address, 'host/localhost', 'hello')
        equal((r.returncode, r.stdout), (0, 'hello'), r.stderr)
        check('host/localhost@' in r.stderr and 'kerberos' in r.stderr, r.stderr)
        equal(talk(example('nns_client'), s.address, 'host/nowhere', 'hello').returncode, 1)
    equal(talk(example('nns_client'), s.address, 'host/localhost', 'hello').returncode, 1)


def test_the_server_against_tool_and_client():
    server = subprocess.Popen([example('nns_server'), '127.0.0.1:0', os.path.join(LAB, 'host.keytab')],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        port = server.stdout.readline().rsplit(':', 1)[1].strip()
        r = talk(example('nns_client'), 'localhost:' + port, 'host/localhost', 'hello')
        equal((r.returncode, r.stdout), (0, 'hello'), r.stderr)
        r = run('connect', 'nns', 'localhost:' + port, '-q', '--level', 'encrypt', data=b'through')
        equal((r.returncode, r.stdout), (0, b'through'), r.stderr)
        server.send_signal(signal.SIGTERM)
        _, log = server.communicate(timeout=10)
        equal(server.returncode, 0, log)
        equal(log.count(f'principal={ALICE} level=encrypt'), 2, log)
    finally:
        server.kill()
        server.wait()
    r = talk(example('nns_server'), '127.0.0.1:0', LAB + '/none')
    equal(r.returncode, 1)
    check(LAB + '/none' in r.stderr, r.stderr)


def test_interceptors_without_our_giop():
    users, words = os.environ['TROTH_LAB_GSSUP_USERS'], ('alice', os.path.join(LAB, 'alice.password'))
    r = talk(example('csi_interceptor'), users, *words)
    equal((r.returncode, r.stderr), (0, ''), r.stdout)
    first, *others = r.stdout.splitlines()
    check('from alice by gssup, kept; reply: 24 octets' in first, first)
    equal(others, [f'request {n}: 17 octets, from alice by gssup, kept; reply: 0 octets' for n in (2, 3)])
    r = talk(example('csi_interceptor'), users, 'alice', os.path.join(LAB, 'wrong.password'))
    equal(r.returncode, 1)
    check('refused: DENIED; reply: 36 octets' in r.stdout and 'NO_PERMISSION' in r.stderr, r.stdout + r.stderr)
    equal(talk(example('csi_interceptor'), LAB + '/none', *words).returncode, 1)


def sspi_configuration(folder, text):
    path = os.path.join(folder, 'sspi.conf')
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    return path


def sspi_pair(package, target, *identity, server_conf, client_conf):
    """sspi_server and sspi_client, each with a configuration of its own; what each ended with and said."""
    server = subprocess.Popen([example('sspi_server'), package], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                              env={**os.environ, 'TROTH_SSPI_CONFIG': server_conf})
    try:
        port = server.stdout.readline().strip()
        client = talk(example('sspi_client'), port, package, target, *identity, TROTH_SSPI_CONFIG=client_conf)
        said, trouble = server.communicate(timeout=10)
    finally:
        server.kill()
        server.wait()
    return client, (server.returncode, said, trouble)


def test_sspi_over_ntlm():
    with tempfile.TemporaryDirectory() as folder:
        server = sspi_configuration(folder, f'[ntlm]\nusers = {tool.USERS}\ndomain = LAB\nhost = SERVER\n[negotiate]\nntlm = yes\n')
        os.mkdir(folder + '/client')
        client = sspi_configuration(folder + '/client', '[negotiate]\nntlm = yes\n')
        for package in ('NTLM', 'Negotiate'):
            c, s = sspi_pair(package, 'nobody/localhost', 'LAB', 'alice', tool.password('alice'), server_conf=server,
                             client_conf=client)
            equal((c.returncode, c.stdout), (0, 'authenticated, mutual: no\nhello to LAB\\alice\n'), c.stderr)
            equal(s, (0, 'LAB\\alice: hello\n', ''))
        c, s = sspi_pair('NTLM', 'nobody/localhost', 'LAB', 'alice', tool.password('wrong'), server_conf=server,
                         client_conf=client)
        equal((c.returncode, s), (1, (1, '', 'AcceptSecurityContext: 0x8009030C\n')), c.stderr)  # LOGON_DENIED


def test_sspi_over_kerberos():
    with tempfile.TemporaryDirectory() as folder:
        conf = sspi_configuration(folder, f'[kerberos]\nkeytab = {LAB}/host.keytab\n')
        for package in ('Kerberos', 'Negotiate'):
            c, s = sspi_pair(package, 'host/localhost', server_conf=conf, client_conf=conf)
            equal((c.returncode, c.stdout), (0, f'authenticated, mutual: yes\nhello to {ALICE}\n'), c.stderr)
            equal(s, (0, f'{ALICE}: hello\n', ''))
        c, s = sspi_pair('Kerberos', 'host/nowhere', server_conf=conf, client_conf=conf)
        equal((c.returncode, c.stderr), (1, 'InitializeSecurityContext: 0x80090303\n'))  # TARGET_UNKNOWN


def make_certificate(folder, name, issuer=None, host=None):
    """name.pem and name.key in folder; an authority when issuer is None."""
    words = ['openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-subj',
             '/CN=' + name, '-keyout', f'{folder}/{name}.key', '-out', f'{folder}/{name}.pem']
    if issuer:
        words += ['-CA', f'{folder}/{issuer}.pem', '-CAkey', f'{folder}/{issuer}.key', '-addext', 'basicConstraints=critical,CA:FALSE',
                  '-addext', 'subjectAltName=DNS:' + host]
    equal(talk(*words).returncode, 0)


def test_sspi_over_tls():
    """The client against openssl s_server -rev, which sends each line back the other way round."""
    with tempfile.TemporaryDirectory() as folder:
        make_certificate(folder, 'ca')
        make_certificate(folder, 'other')
        make_certificate(folder, 'server', 'ca', 'server.test')
        trusting = sspi_configuration(folder, f'[schannel]\ntrust = {folder}/ca.pem\n')
        os.mkdir(folder + '/elsewhere')
        wary = sspi_configuration(folder + '/elsewhere', f'[schannel]\ntrust = {folder}/other.pem\n')
        for version in ('2', '3'):
            server = subprocess.Popen(['openssl', 's_server', '-accept', '127.0.0.1:0', '-cert', folder + '/server.pem', '-key',
                                       folder + '/server.key', '-rev', '-tls1_' + version],
                                      stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
            try:
                port = next(line for line in server.stdout if line.startswith('ACCEPT')).split(':')[-1].strip()
                for host, conf, want in (('server.test', trusting, (0, 'erehwemos\n', f'TLS 1.{version} with server.test\n')),
                                         ('other.test', trusting, (1, '', 'InitializeSecurityContext: 0x80090322\n')),
                                         ('server.test', wary, (1, '', 'InitializeSecurityContext: 0x80090325\n'))):
                    r = talk(example('sspi_tls_client'), port, host, 'somewhere', TROTH_SSPI_CONFIG=conf)
                    equal((r.returncode, r.stdout, r.stderr), want)
            finally:
                server.kill()
                server.wait()
