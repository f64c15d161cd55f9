"""Start and question the tool; every process is ended by the test that started it."""
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time

TROTH = ''
LAB = os.environ.get('TROTH_LAB', '')
REALM = os.environ.get('TROTH_LAB_REALM', '')
USERS = os.environ.get('TROTH_LAB_NTLM_USERS', '')
ALICE = f'alice@{REALM}'


def password(user):
    return os.path.join(LAB, f'{user}.password')


NTLM = ['--mech', 'ntlm', '--user', 'LAB\\alice', '--password-file', password('alice')]


def run(*args, data=b'', env=None, timeout=20):
    """Run the tool to its end."""
    return subprocess.run([TROTH, *args], input=data, capture_output=True, timeout=timeout,
                          env={**os.environ, **(env or {})})


def wait_for(what, condition, seconds=10):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f'{what} did not come')


class Server:
    """troth serve, which takes every level unless told otherwise; its log is gathered while it runs."""

    def __init__(self, *args, wire='nns', echo=True, env=None, default_level=False):
        level = [] if default_level or '--level' in args else ['--level', 'none']
        words = [TROTH, 'serve', wire, '--listen', '127.0.0.1:0', '--log-format', 'json', *(['--echo'] if echo else []),
                 *level, *args]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env={**os.environ, **(env or {})})
        self.lines = []
        self.reader = threading.Thread(target=self.gather, daemon=True)
        self.reader.start()
        line = self.process.stdout.readline().split()
        if len(line) != 2 or line[0] != 'ready':
            self.process.kill()
            raise AssertionError(f'no ready line: {line} {self.text()}')
        self.port = int(line[1].rsplit(':', 1)[1])
        self.address = f'localhost:{self.port}'

    def gather(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip('\n'))

    def text(self):
        self.reader.join(0.2)
        return '\n'.join(self.lines)

    def says(self, what):
        return wait_for(f'"{what}" in the log', lambda: [x for x in self.lines if what in x])

    def records(self):
        return [json.loads(x) for x in self.lines if x.startswith('{')]

    def record(self, **fields):
        """The first log record with these fields."""
        def find():
            return next((r for r in self.records() if all(r.get(k) == v for k, v in fields.items())), None)
        return wait_for(f'a record with {fields}', find)

    def connect(self, *args, wire='nns', data=b'hello', **more):
        return run('connect', wire, self.address, *args, data=data, **more)

    def open(self, *args, wire='nns'):
        """A stream that stays open until its stdin is closed."""
        return subprocess.Popen([TROTH, 'connect', wire, self.address, *args], stdin=subprocess.PIPE,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def signal(self, number):
        self.process.send_signal(number)

    def end(self, seconds=10):
        """Drain; the exit code."""
        self.signal(signal.SIGTERM)
        return self.process.wait(seconds)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        self.reader.join(5)
        self.process.stdout.close()


class Backend:
    """A plain listener that keeps what comes and sends it back."""

    def __init__(self):
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.address = '127.0.0.1:%d' % self.socket.getsockname()[1]
        self.got = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self.got.append(b'')
            with peer:
                while data := peer.recv(65536):
                    self.got[-1] += data
                    peer.sendall(data)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()


def scratch(name, content):
    """A file in the lab's directory, which goes away with it."""
    with tempfile.NamedTemporaryFile('wb', dir=LAB, prefix=name + '.', delete=False) as f:
        f.write(content if isinstance(content, bytes) else content.encode())
    return f.name


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def equal(got, want, about=''):
    if got != want and isinstance(got, bytes) and len(got) + len(want) > 200:
        at = next((i for i, (a, b) in enumerate(zip(got, want)) if a != b), min(len(got), len(want)))
        raise AssertionError(f'{len(got)} octets, want {len(want)}; they part at {at} {about}')
    if got != want:
        raise AssertionError(f'got {got!r}, want {want!r} {about}')


def exits(result, code, *words):
    """An exit code, and words on stderr."""
    text = result.stderr.decode(errors='replace')
    equal(result.returncode, code, text)
    for word in words:
        check(word in text, f'"{word}" is not in: {text}')
