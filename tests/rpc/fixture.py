"""Our fixture server, in a network of its own and a realm of troth lab: what raw.py and torture.py judge."""
import os
import re
import signal
import subprocess
import sys
import threading
import time

import netns
from cases import missing

HOST, DOMAIN, USER = 'rpc.example.test', 'LAB', 'alice'
SANITIZER = re.compile(r'(ERROR: \w*Sanitizer|runtime error:|SUMMARY: \w*Sanitizer)')

# For the libraries of Samba's clients; all of it lies in the lab's directory and goes with it.
SMB_CONF = """[global]
    workgroup = LAB
    realm = {realm}
    netbios name = CLIENT
    private dir = {lab}
    state directory = {lab}
    cache directory = {lab}
    lock directory = {lab}
    pid directory = {lab}
    ncalrpc dir = {lab}/ncalrpc
    log file = {lab}/samba.log
    interfaces = lo
    bind interfaces only = yes
"""


def enter_realm(troth):
    """Start this program anew in a network of its own with a KDC in it, unless it runs there already."""
    netns.enter()
    if not os.environ.get('TROTH_LAB'):
        troth = os.path.abspath(troth)
        os.execv(troth, [troth, 'lab', 'run', '--', sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:]])


def write_krb5_conf(lab):
    """The lab's KDC takes TCP only, which Samba's Kerberos has to be told; MIT's cannot be."""
    with open(os.environ['KRB5_CONFIG'], encoding='utf-8') as f:
        text = re.sub(r'^( *)kdc = (\S+)$', r'\1kdc = \2\n\1kdc = tcp/\2', f.read(), flags=re.M)
    with open(f'{lab}/clients.conf', 'w', encoding='utf-8') as f:
        f.write(text)
    return f'{lab}/clients.conf'


def kadmin(*queries):
    # the queries go in by stdin: -q takes only one, and each start reads the database anew
    done = subprocess.run(['kadmin.local', '-r', os.environ['TROTH_LAB_REALM']], input='\n'.join(queries) + '\n',
                          capture_output=True, text=True, check=False,
                          env={**os.environ, 'PATH': os.environ['PATH'] + ':/usr/local/sbin:/usr/sbin:/sbin'})
    if done.returncode:
        missing(f'kadmin.local failed: {done.stderr[-500:]}')


class Server:
    """with Server(troth, program) as s: ... s.environ has what raw.py and torture.py want; s.judge() at the end."""

    def __init__(self, program, profile='windows', address='127.0.0.1:135'):
        lab, realm = os.environ['TROTH_LAB'], os.environ['TROTH_LAB_REALM']
        self.words = [os.path.abspath(program), f'{lab}/rpc.keytab', os.environ['TROTH_LAB_NTLM_USERS'], profile, address]
        self.process, self.lines, self.errors, self.status = None, [], [], None
        kadmin(f'addprinc -randkey host/{HOST}', f'ktadd -norandkey -k {lab}/rpc.keytab host/{HOST}')
        with open(f'{lab}/smb.conf', 'w', encoding='utf-8') as f:
            f.write(SMB_CONF.format(lab=lab, realm=realm))
        with open(f'{lab}/{USER}.password', encoding='utf-8') as f:
            password = f.read().rstrip('\n')
        self.environ = {'SERVER': '127.0.0.1', 'TARGET_HOSTNAME': HOST, 'USERNAME': USER, 'PASSWORD': password,
                        'DOMAIN': DOMAIN, 'REALM': realm, 'SMB_CONF_PATH': f'{lab}/smb.conf', 'MAX_NUM_AUTH': '2049',
                        'AUTH_LEVEL_CONNECT_LSA': '1', 'PEER_PORT': '135', 'KRB5_CONFIG': write_krb5_conf(lab)}

    def __enter__(self):
        self.process = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, text=True, errors='replace',
                                        preexec_fn=netns.die_with_parent)
        self.readers = [threading.Thread(target=self.gather, args=(pipe, into), daemon=True)
                        for pipe, into in ((self.process.stdout, self.lines), (self.process.stderr, self.errors))]
        for t in self.readers:
            t.start()
        if not self.wait_for('ready '):
            self.process.kill()
            raise RuntimeError(f"the fixture server never said ready: {' '.join(self.errors[-5:])}")
        return self

    @staticmethod
    def gather(pipe, into):
        for line in pipe:
            into.append(line.rstrip('\n'))

    def wait_for(self, start, after=0, seconds=10):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in self.lines[after:]:
                if line.startswith(start):
                    return line
            if self.process.poll() is not None:
                return None
            time.sleep(0.01)
        return None

    def count(self):
        """The counters now, as a dictionary."""
        known = len(self.lines)
        self.process.send_signal(signal.SIGUSR1)
        return counters(self.wait_for('contexts ', known) or '')

    def __exit__(self, *exc):
        if self.process.poll() is None:
            self.process.terminate()
        try:
            self.status = self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.status = self.process.wait()
        for t in self.readers:
            t.join(5)

    def report(self):
        return [f'server: {line}' for line in self.lines[1:][-1:] + self.errors[-60:]]

    def judge(self, cases):
        """Cases of their own: it ended in good order, leaks nothing, and has nothing left."""
        last = counters(self.lines[-1] if self.lines else '')
        told = [line for line in self.errors if SANITIZER.search(line)]
        cases.expect('server_ended_in_order', self.status == 0 and not told, f'exit {self.status}', *told,
                     *self.errors[-40:])
        left = {k: v for k, v in last.items() if k.endswith('_now')}
        cases.expect('server_has_nothing_left', len(left) == 3 and not any(left.values()), left)


def counters(line):
    words = line.split()
    return dict(zip(words[::2], map(int, words[1::2])))
