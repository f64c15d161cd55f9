"""A gateway in front of a fake ORB that records, and what its answers must be."""
import itertools
import os
import subprocess
import time

import chain
from giop_wire import need
from sas_wire import BOTH, VERSIONS, Line, Peer, establish, gssup, in_context

PASSWORD, OTHER = 's3cret passw\u00f6rd', 'b0bs own'
USERS = {'alice': PASSWORD, 'bob': OTHER, 'proxy': PASSWORD}
UNSPECIFIED = (bytes.fromhex('0100000001000000'), bytes.fromhex('0000000000000001'))


class Bench:
    """The users, with hashes as cheap as they may be: what is tested is not scrypt."""

    def __init__(self, folder):
        self.folder, self.users = folder, os.path.join(folder, 'users')
        for name, password in USERS.items():
            self.passwd(self.users, name, password)

    def passwd(self, store, name, password):
        done = subprocess.run([chain.TROTH, 'passwd', store, name, '--password-file', self.secret(password), '--cost', '10'],
                              capture_output=True, text=True, check=False)
        need(done.returncode == 0, 'troth passwd:', done.stderr)

    def secret(self, password):
        path = os.path.join(self.folder, f'secret{abs(hash(password))}')
        with open(path, 'w', encoding='utf-8', opener=lambda p, f: os.open(p, f, 0o600)) as f:
            f.write(password + '\n')
        return path


class Site:
    """At its end: the ORB saw what was served and nothing else, the gateway still serves, its log tells no password."""

    def __init__(self, bench, *words, users=None, threads=4):
        self.peer = Peer()
        self.gateway = chain.serve(self.peer.port, '--gssup-users', users or bench.users, '--tell-caller', '--pool-threads',
                                   str(threads), *words)
        self.port, self.expected, self.last_user = self.gateway.port, 0, 'proxy'

    def line(self, *words, **more):
        return Line(self.port, *words, **more)

    def everywhere(self):
        """A connection for every version and byte order."""
        for minor, order in itertools.product(VERSIONS, BOTH):
            with self.line(minor, order) as line:
                yield line

    def served(self, answer, number=None, stateful=None, caller='alice', authenticated=None, told=True):
        """An EstablishContext, number and stateful being given, or a MessageInContext."""
        self.expected += 1
        need(answer.exception is None and answer.status == 0, 'not served:', answer.exception, answer.sas)
        need(answer.sas == (None if stateful is None else (True, number, stateful)), 'the answer says', answer.sas)
        got = self.peer.asked[-1].caller()
        want = (caller, authenticated or caller)
        need(not told or got[:2] == want, 'the ORB was told', got, 'not', want)
        need(not self.peer.asked[-1].elements, 'context 15 came through')

    def dropped(self):
        """A request that the ORB sees, and nobody waits for."""
        self.expected += 1

    def wait(self):
        end = time.monotonic() + 10
        while self.peer.seen() < self.expected:
            need(time.monotonic() < end, 'the ORB has seen', self.peer.seen(), 'of', self.expected)
            time.sleep(0.005)

    def close(self):
        self.peer.go.set()
        self.peer.__exit__()
        self.gateway.end()

    def __enter__(self):
        return self

    def __exit__(self, kind, *exc):
        try:
            if kind is None:
                self.judge()
        finally:
            self.close()

    def judge(self):
        with self.line() as line:
            user = self.last_user
            self.served(line.ask(establish(1, gssup(user, USERS[user]))), 1, line_stateful(self.gateway), caller=user)
        need(not self.peer.wrong, 'at the ORB:', self.peer.wrong)
        need(self.peer.seen() == self.expected, f'the ORB saw {self.peer.seen()} requests, {self.expected} were served')
        need(self.gateway.process.poll() is None, 'the gateway ended:', self.gateway.lines[-20:])
        log = '\n'.join(self.gateway.lines)
        need(not any(p in log for p in (PASSWORD, OTHER)), 'a password is in the log')
        need('ERROR' not in log and 'runtime error' not in log, log[-2000:])


def line_stateful(gateway):
    return '--stateless' not in gateway.process.args


def refused(answer, major=None, number=0, exception='NO_PERMISSION', tokens=None):
    """Not executed, and major 0: no ContextError; major None: the exception alone matters."""
    need(answer.exception in (exception if isinstance(exception, tuple) else (exception,)) and answer.completed == 1,
         'answered', answer.exception, answer.completed, answer.sas)
    if major is None:
        return
    if not major:
        need(answer.sas is None, 'an answer says', answer.sas)
        return
    need(answer.sas and answer.sas[:4] == (False, number, major, 1), 'ContextError', answer.sas, 'not', major, number)
    need(tokens is None or answer.sas[4] in tokens, 'error_token', answer.sas[4])


def lost(answer, number):
    refused(answer, 4, number)


def good(number, user='alice', **more):
    return establish(number, gssup(user, USERS[user]), **more)


__all__ = ['Bench', 'Site', 'good', 'refused', 'lost', 'in_context', 'PASSWORD', 'OTHER', 'USERS', 'UNSPECIFIED']
