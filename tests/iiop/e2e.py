#!/usr/bin/python3
"""omniORB, which has no CSIv2, on both sides of our gateways.

usage: e2e.py TROTH ORB_SERVER ORB_CLIENT [CELL-PATTERN]      77: omniNames or the KDC programs are not installed
"""
import fnmatch
import os
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'rpc'))
import chain  # noqa: E402
from cases import Cases, missing, need  # noqa: E402
from chain import Orb, Relay, ask, connect, free_port, serve  # noqa: E402
from giop_wire import joined, judge, raw_calls  # noqa: E402

VERSIONS = ('1.0', '1.1', '1.2')
NOBODY = 'EXCEPTION NO_PERMISSION'
PASSWORD = 's3cret passw\u00f6rd'
BIDIRECTIONAL = ('-ORBofferBiDirectionalGIOP', '1', '-ORBclientTransportRule', '* bidir,tcp')


def write(folder, name, text):
    path = os.path.join(folder, name)
    with open(path, 'w', encoding='utf-8', opener=lambda p, f: os.open(p, f, 0o600)) as f:
        f.write(text)
    return path


class Bench:
    """The files that the cells share: users with hashes, passwords."""

    def __init__(self, folder):
        self.folder = folder
        self.password = write(folder, 'password', PASSWORD + '\n')
        self.wrong = write(folder, 'wrong', 'another\n')
        self.users = os.path.join(folder, 'users')
        # names of every length modulo 8, so that the tokens are, too
        self.names = ['alice'[:n] or 'x' for n in (1, 2, 3, 4, 5)] + ['alice6', 'alice77', 'alice888']
        for name in [*self.names, 'proxy']:
            done = subprocess.run([chain.TROTH, 'passwd', self.users, name, '--password-file', self.password, '--cost', '10'],
                                  capture_output=True, text=True, check=False)
            need(done.returncode == 0, 'troth passwd:', done.stderr)

    def logon(self, name='alice', *words):
        return ['--user', name, '--password-file', self.password, *words]

    def gssup(self, *words):
        return ['--gssup-users', self.users, '--tell-caller', *words]


class Chain:
    """All of it, ended together. Words for the two gateways; `recorded` puts a relay between them."""

    def __init__(self, serving, connecting, recorded=False, orb=(), environ=None):
        self.parts, listen = [], free_port()
        try:
            self.orb = self.add(Orb(listen, *orb))
            self.serve = self.add(serve(self.orb.port, *serving))
            self.relay = self.add(Relay(self.serve.port)) if recorded else None
            self.connect = self.add(connect(self.relay.port if recorded else self.serve.port, *connecting, listen=listen,
                                            environ=environ))
        except BaseException:
            self.__exit__()
            raise

    def add(self, part):
        self.parts.append(part)
        return part

    def ask(self, *verbs, **more):
        return ask(self.orb.reference, *verbs, **more)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for part in reversed(self.parts):
            part.__exit__()


def equal(got, want):
    for i, (g, w) in enumerate(zip(got, want)):
        need(g == w, f'answer {i}: {g!r}, want {w!r}')
    need(len(got) == len(want), f'{len(got)} answers, want {len(want)}: {got[len(want):]}')


def who(caller, authenticated=None, mech='gssup'):
    return f'caller={caller} authenticated={authenticated or caller} mech={mech}'


# What every ORB client does, and what it must see; then tshark looks at all that went over the wire.
EVERYTHING = [('who', who('alice')), ('strays', 'strays 0 0'), ('echo:0', 'echo 0'), ('echo:1', 'echo 1'),
              ('sweep:40', 'sweep 40'), ('echo:30000', 'echo 30000'), ('echo:300000', 'echo 300000'), ('mixed', 'mixed 40'),
              ('odd', 'odd because 42'), ('bad:7', 'EXCEPTION BAD_PARAM 7 0'),
              ('forbidden:9', 'EXCEPTION NO_PERMISSION 9 1'), ('who', who('alice')), ('oneways:25', 'oneways 25'),
              ('exists', 'exists'), ('another', f'another {who("alice")}'), ('moved', f'moved {who("alice")}'),
              ('crowd:6:15', 'crowd 90'), ('strays', 'strays 0 0')]


def everything(bench, version, mode):
    with Chain(bench.gssup(f'--{mode}'), bench.logon('alice', f'--{mode}'), recorded=True) as c:
        equal(c.ask(*[v for v, _ in EVERYTHING], orb=('-ORBmaxGIOPVersion', version)), [w for _, w in EVERYTHING])
        established = c.serve.count(event='context')
        need(c.serve.count(event='refused') == 0, 'refused:', c.serve.lines)
        connections = len([x for x in c.relay.connections if x])
        if mode == 'stateful':
            need(established == connections, f'{established} contexts on {connections} connections')
        judge(c.relay.connections, version, mode)


def residues(bench, mode):
    """Tokens of every length modulo 8, in every version."""
    for name in bench.names:
        with Chain(bench.gssup(f'--{mode}'), bench.logon(name, f'--{mode}')) as c:
            for version in VERSIONS:
                equal(c.ask('who', 'mixed', 'sweep:9', orb=('-ORBmaxGIOPVersion', version)),
                      [who(name), 'mixed 40', 'sweep 9'])


def refused(bench, serving, connecting, record=None):
    """Nobody reaches the servant, and the caller is told NO_PERMISSION, not executed."""
    with Chain(serving, connecting) as c:
        lines = c.ask('who', 'echo:3')
        for line in lines:
            need(line.startswith(NOBODY) and line.endswith(' 1'), line)
        c.serve.wait(1, event='refused', **(record or {}))


def without_context(bench):
    """A client that goes past connect iiop has no service context 15."""
    port = free_port()
    with Orb(port) as orb, serve(orb.port, *bench.gssup(), port=port) as s:
        for line in ask(orb.reference, 'who', 'echo:10'):
            need(line.startswith(NOBODY), line)
        s.wait(1, event='refused')


def forged(bench):
    """What a client says about itself in our private context is taken out."""
    for version in VERSIONS:
        with Chain(bench.gssup(), bench.logon()) as c:
            equal(c.ask('who', 'strays', orb=('-ORBmaxGIOPVersion', version), environ={'FORGE_CALLER': '1'}),
                  [who('alice'), 'strays 0 0'])


def asserted(bench, mode):
    with Chain(bench.gssup('--trust', 'proxy', f'--{mode}'), bench.logon('proxy', '--assert', 'bob', f'--{mode}')) as c:
        equal(c.ask('who', 'who'), [who('bob', 'proxy')] * 2)
    with Chain(bench.gssup('--trust', 'proxy', '--allow', '*', '--allow', 'anonymous', f'--{mode}'),
               bench.logon('proxy', '--assert', 'anonymous', f'--{mode}')) as c:
        equal(c.ask('who')[0].split()[0:1], ['caller='])


def idle(bench):
    """The target discards an idle context on its own: the client's next call establishes it anew, and succeeds."""
    with Chain(bench.gssup('--stateful', '--context-idle', '300ms'), bench.logon('alice', '--stateful')) as c:
        equal(c.ask('who', 'who', 'sleep:900', 'who', 'strays'), [who('alice')] * 2 + ['sleep', who('alice'), 'strays 0 0'])
        need(c.serve.count(event='context') == 2, 'not established anew:', c.serve.lines)


def restarted(bench):
    """The gateway goes and comes back while a client holds contexts."""
    with Chain(bench.gssup('--stateful'), bench.logon('alice', '--stateful')) as c:
        p = subprocess.Popen([chain.CLIENT, c.orb.reference, 'who', 'line', 'who', 'who'], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
        first = p.stdout.readline().strip()
        c.serve.end()
        again = c.add(serve(c.orb.port, *bench.gssup('--stateful'), port=c.serve.port))
        time.sleep(0.3)
        rest, _ = p.communicate('go\n', timeout=30)
        equal([first, *rest.splitlines()], [who('alice'), 'line go', who('alice'), who('alice')])
        need(again.count(event='context') == 1, 'contexts after the restart:', again.lines)


def call_backs(bench, mode):
    for version in ('1.2',):  # bidirectional GIOP is of 1.2
        with Chain(bench.gssup(f'--{mode}'), bench.logon('alice', f'--{mode}'), recorded=True) as c:
            equal(c.ask('call_back', 'strays', 'who', orb=BIDIRECTIONAL), ['call_back 380 20', 'strays 0 0', who('alice')])
            judge(c.relay.connections, version, mode)


def kerberos(bench, mode):
    lab, realm = os.environ['TROTH_LAB'], os.environ['TROTH_LAB_REALM']
    service = os.environ.get('TROTH_LAB_SERVICE', 'host/localhost')
    principal = f'alice@{realm}'
    keytab = os.path.join(lab, 'alice.keytab')
    with Chain(['--kerberos', '--service', service, '--tell-caller', f'--{mode}'],
               ['--kerberos', '--keytab', keytab, '--principal', principal, '--service', service, f'--{mode}']) as c:
        equal(c.ask('who', 'echo:30000', 'crowd:4:10'), [who(principal, mech='kerberos'), 'echo 30000', 'crowd 40'])


def naming(bench):
    """omniNames behind the gateways: binds, resolves, exceptions, references that lead back through them."""
    names, listen, mine = free_port(), free_port(), free_port()
    folder = tempfile.mkdtemp(dir=bench.folder)
    words = ['omniNames', '-start', str(names), '-logdir', folder, '-ORBendPointPublish', f'giop:tcp:127.0.0.1:{listen}']
    server = chain.Process(words, ready=False)
    try:
        wait_for_port(names)
        with Orb(mine) as orb, serve(names, *bench.gssup('--stateful')) as s, \
                connect(s.port, *bench.logon('alice', '--stateful'), listen=listen), \
                serve(orb.port, *bench.gssup('--stateful')) as s2, \
                connect(s2.port, *bench.logon('alice', '--stateful'), listen=mine):
            ref = ('-ORBInitRef', f'NameService=corbaloc::127.0.0.1:{listen}/NameService')
            equal(ask(orb.reference, 'names', 'names', orb=ref), [f'names {who("alice")}'] * 2)
            need(s.count(event='context') >= 1, 'no context at the name service:', s.lines)
    finally:
        server.end()


def wait_for_port(port):
    import socket
    end = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(('127.0.0.1', port)).close()
            return
        except OSError:
            need(time.monotonic() < end, 'nothing listens at', port)
            time.sleep(0.05)


def published(bench, version):
    """References that the target hands out, and forwards, name it and its component 33; the client chooses by that."""
    local = free_port()
    ours = free_port()
    with Orb(local) as orb:
        plain, secured, back = (os.path.join(bench.folder, f'{x}{ours}.ior') for x in ('plain', 'secured', 'back'))
        write(bench.folder, os.path.basename(plain), orb.reference + '\n')
        with serve(orb.port, *bench.gssup('--stateful', '--publish', f'127.0.0.1:{ours}', '--publish-ior',
                                          f'{plain}={secured}'), port=ours) as s:
            words = subprocess.run([chain.TROTH, 'decode', 'ior', '-'], input=open(secured, encoding='ascii').read(),
                                   capture_output=True, text=True, check=True).stdout
            for word in (str(ours), 'GSSUP', 'stateful'):
                need(word in words, f'"{word}" is not in what is published:', words)
            with connect(s.port, *bench.logon('alice', '--stateful', '--ior', secured, '--local-ior', f'{secured}={back}'),
                         listen=local):
                reference = open(back, encoding='ascii').read().strip()
                equal(ask(reference, 'who', 'another', 'sweep:20', orb=('-ORBmaxGIOPVersion', version)),
                      [who('alice'), f'another {who("alice")}', 'sweep 20'])


def raw(bench, mode):
    """Big-endian requests of every version, cut into fragments of every size, written by hand."""
    with Chain(bench.gssup(f'--{mode}'), bench.logon('alice', f'--{mode}'), recorded=True) as c:
        raw_calls(c.connect.port, c.orb.reference, who('alice'))
        judge(joined(c.relay.connections), None, mode)


CELLS = [*[(f'omniorb_{v}_{m}', everything, v, m) for v in VERSIONS for m in ('stateless', 'stateful')],
         ('token_lengths_stateless', residues, 'stateless'), ('token_lengths_stateful', residues, 'stateful'),
         ('raw_big_endian_stateless', raw, 'stateless'), ('raw_big_endian_stateful', raw, 'stateful'),
         ('no_context', without_context), ('forged_caller', forged), ('asserted_stateless', asserted, 'stateless'),
         ('asserted_stateful', asserted, 'stateful'), ('idle_discard', idle), ('restart', restarted),
         ('call_backs_stateless', call_backs, 'stateless'), ('call_backs_stateful', call_backs, 'stateful'),
         ('kerberos_stateless', kerberos, 'stateless'), ('kerberos_stateful', kerberos, 'stateful'),
         ('omninames', naming), ('published_1.1', published, '1.1'), ('published_1.2', published, '1.2')]


def refusals(bench):
    wrong = ['--user', 'alice', '--password-file', bench.wrong]
    return [('wrong_password', bench.gssup(), wrong), ('wrong_password_stateful', bench.gssup(), [*wrong, '--stateful']),
            ('unknown_user', bench.gssup(), ['--user', 'nobody', '--password-file', bench.password]),
            ('other_realm', bench.gssup(), bench.logon('alice', '--realm', 'elsewhere')),
            ('not_allowed', bench.gssup('--allow', 'bob'), bench.logon()),
            ('not_trusted', bench.gssup('--trust', 'proxy'), bench.logon('alice', '--assert', 'bob')),
            ('no_assertions', bench.gssup(), bench.logon('alice', '--assert', 'bob'))]


def main(argv):
    chain.TROTH, chain.SERVER, chain.CLIENT = map(os.path.abspath, argv[1:4])
    if not shutil.which('omniNames'):
        missing('omniNames (package omniorb-nameserver) is not installed')
    chain.enter_lab(argv)
    pattern, cases = (argv[4:] or ['*'])[0], Cases()
    with tempfile.TemporaryDirectory(prefix='troth-iiop.') as folder:
        bench = Bench(folder)
        for name, function, *args in CELLS:
            if fnmatch.fnmatch(name, pattern):
                cases.run(name, function, bench, *args)
        for name, serving, connecting in refusals(bench):
            if fnmatch.fnmatch(name, pattern):
                cases.run(name, refused, bench, serving, connecting)
    return cases.end()


if __name__ == '__main__':
    sys.exit(main(sys.argv))
