#!/usr/bin/python3
"""corba.js, an ORB of others that knows GSSUP, as client of troth serve iiop and as server of troth connect iiop.

usage: corbajs.py TROTH FOLDER          FOLDER: where npm may put the package, once; 77: npm, node or the package cannot be had

What it does otherwise than the text is told in docs/wire/sas.md, and shown here.
"""
import os
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'rpc')]
import chain  # noqa: E402
import echo  # noqa: E402
from cases import Cases, missing, need  # noqa: E402
from chain import Process, connect, serve  # noqa: E402

PACKAGE, VERSION = 'corba.js', '0.1.7'
PASSWORD = 's3cret passw\u00f6rd'
SILENT = ('--quirk', 'silent')


def installed(folder):
    """The package's folder; it is a peer only: nothing of it is ours, nothing of it is kept in the repository."""
    package = os.path.join(folder, 'node_modules', PACKAGE)
    for program in ('node', 'npm'):
        if not shutil.which(program):
            missing(f'{program} is not on PATH')
    if os.path.exists(os.path.join(package, 'lib', 'src', 'orb', 'index.js')):
        return package
    os.makedirs(folder, exist_ok=True)
    done = subprocess.run(['npm', 'install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--ignore-scripts',
                           f'{PACKAGE}@{VERSION}'], capture_output=True, text=True, timeout=120, check=False)
    if done.returncode != 0:
        missing(f'npm cannot get {PACKAGE}@{VERSION}: {" ".join(done.stderr.split())[-300:]}')
    return package


class Bench:
    def __init__(self, folder, package):
        self.folder, self.package = folder, package
        self.password, self.wrong = self.write('password', PASSWORD), self.write('wrong', 'another')
        self.users = os.path.join(folder, 'users')
        for name in ('alice', 'x' * 90):
            done = subprocess.run([chain.TROTH, 'passwd', self.users, name, '--password-file', self.password, '--cost',
                                   '10'], capture_output=True, text=True, check=False)
            need(done.returncode == 0, 'troth passwd:', done.stderr)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text + '\n')
        return path

    def gateway(self, orb, *words):
        """In front of the fake ORB: what corba.js needs to be served at all."""
        return serve(orb.port, '--gssup-users', self.users, '--tell-caller', '--empty-target', *words)

    def client(self, port, *operations, user='alice', password=None, target='', key=echo.KEY.decode()):
        done = subprocess.run(['node', os.path.join(HERE, 'corbajs_client.mjs'), self.package, str(port), key, user,
                               password or self.password, target, *operations], capture_output=True, text=True, timeout=60,
                              check=False)
        lines = [x for x in done.stdout.splitlines() if x.split(' ')[0] in operations]
        need(len(lines) == len(operations), 'corba.js:', done.stdout[-600:], done.stderr[-600:])
        return lines

    def server(self):
        return Process(['node', os.path.join(HERE, 'corbajs_server.mjs'), self.package, 'alice', self.password])


# ---- as a client ----

def served(bench, mode):
    with echo.EchoOrb() as orb, bench.gateway(orb, *SILENT, f'--{mode}') as s:
        got = bench.client(s.port, 'whoami', 'echo:0', 'echo:5000', 'whoami')
        need(got == ['whoami result alice alice gssup', 'echo:0 result 0', 'echo:5000 result 5000',
                     'whoami result alice alice gssup'], got)
        s.wait(1, event='context', principal='alice', mech='gssup')
        need(s.count(event='refused') == 0, s.lines)
        need(all(n != echo.SAS for r in orb.requests for n, _ in r.contexts), 'context 15 went through')


def not_served(bench, record, more):
    """NO_PERMISSION is what it makes of the refusal, and it goes on to live."""
    with echo.EchoOrb() as orb, bench.gateway(orb, *SILENT) as s:
        for line in bench.client(s.port, 'whoami', 'whoami', **more):
            need('NO_PERMISSION' in line, line)
        need(not orb.requests, 'a request went through')
        s.wait(2, event='refused', **record)


def dies_of_an_answer(bench):
    """Without the quirk: service context 15 in a reply ends the program. Should that change, the quirk is not needed."""
    with echo.EchoOrb() as orb, bench.gateway(orb) as s:
        try:
            got = bench.client(s.port, 'whoami')
        except AssertionError as e:
            need('giop.js' in str(e), e)
        else:
            need(False, 'it lives:', got)
        s.wait(1, event='context', principal='alice')


def misplaced(bench):
    """It aligns the encapsulation to the message, so that fields lie wrong where that begins at 4 modulo 8: refused, never
    guessed at. The length of the operation's name decides that here."""
    with echo.EchoOrb() as orb, bench.gateway(orb, *SILENT) as s:
        good, bad, again = bench.client(s.port, 'whoami', 'nonsense_', 'echo:1')
        need(' result ' in good and ' result ' in again and 'MARSHAL' in bad, good, bad, again)
        s.wait(1, event='refused', status_name='MALFORMED', where='CORBA 24.2.2')
        need(len(orb.requests) == 2, 'the one between went through')


def long_token(bench):
    """Its tokens above 127 octets have lengths in groups of 7 bits, which are no DER."""
    with echo.EchoOrb() as orb, bench.gateway(orb, *SILENT) as s:
        need('NO_PERMISSION' in bench.client(s.port, 'whoami', user='x' * 90)[0], s.lines)
        s.wait(1, event='refused', status_name='MALFORMED', where='RFC 2743 3.1', wire='0x00010001')


# ---- as a server ----

class Front(echo.Client):
    """Our raw client, at an object of corba.js."""

    def __init__(self, gateway, key):
        super().__init__(gateway.port)
        self.key = key


def behind(bench, mode, *words):
    with bench.server() as orb, connect(int(orb.first[1].rsplit(':', 1)[1]), '--user', 'alice', '--password-file',
                                        bench.password, f'--{mode}', *words) as c:
        client = Front(c, bytes.fromhex(orb.first[2]))
        for _ in range(3):
            need(client.whoami() == ('alice', 'alice', 'gssup'), 'whoami')
            need(client.echo(b'x' * 3000) == b'x' * 3000, 'echo')


def refuses_us(bench):
    with bench.server() as orb, connect(int(orb.first[1].rsplit(':', 1)[1]), '--user', 'alice', '--password-file',
                                        bench.wrong, *SILENT) as c:
        client = Front(c, bytes.fromhex(orb.first[2]))
        for _ in range(2):
            try:
                need(False, 'served as', client.whoami())
            except echo.Refused as e:
                need('NO_PERMISSION' in e.id and e.completed == 1, e)


def main(argv):
    chain.TROTH = os.path.abspath(argv[1])
    package, cases = installed(os.path.abspath(argv[2])), Cases()
    with tempfile.TemporaryDirectory(prefix='troth-corbajs.') as folder:
        bench = Bench(folder, package)
        for mode in ('stateless', 'stateful'):
            cases.run(f'client_{mode}', served, bench, mode)
            cases.run(f'server_{mode}', behind, bench, mode, *SILENT)
            cases.run(f'server_{mode}_unlisted', behind, bench, mode)
        cases.run('client_wrong_password', not_served, bench, {'wire': '0x00010001'}, {'password': bench.wrong})
        cases.run('client_no_user', not_served, bench, {'wire': '0x00010001'}, {'user': 'nobody'})
        cases.run('client_no_evidence', not_served, bench, {}, {'user': ''})
        cases.run('client_other_target', not_served, bench, {'wire': '0x00010001'}, {'target': 'default'})
        cases.run('client_not_silent', dies_of_an_answer, bench)
        cases.run('client_misplaced_fields', misplaced, bench)
        cases.run('client_long_token', long_token, bench)
        cases.run('server_wrong_password', refuses_us, bench)
    return cases.end()


if __name__ == '__main__':
    sys.exit(main(sys.argv))
