"""The chain of the end-to-end tests: client ORB -> troth connect iiop -> (relay that records) -> troth serve iiop -> ORB."""
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TROTH = SERVER = CLIENT = ''
SECONDS = 60


def need(truth, *what):
    if not truth:
        raise AssertionError(' '.join(str(w) for w in what))


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


class Process:
    """A program that says "ready" and is ended by us; what it says on stderr is kept."""

    def __init__(self, words, ready=True, environ=None):
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors='replace',
                                        stdin=subprocess.PIPE, env={**os.environ, **(environ or {})})
        self.lines = []
        self.reader = threading.Thread(target=self.gather, daemon=True)
        self.reader.start()
        self.first = self.process.stdout.readline().split() if ready else []
        if ready and self.first[:1] != ['ready']:
            self.end()
            raise AssertionError(f'{words[:3]}: no ready line: {self.first} {self.lines[-5:]}')

    def gather(self):
        for line in self.process.stderr:
            self.lines.append(line.rstrip('\n'))

    def records(self):
        return [json.loads(x) for x in self.lines if x.startswith('{')]

    def count(self, **fields):
        return sum(all(r.get(k) == v for k, v in fields.items()) for r in self.records())

    def wait(self, number, seconds=5, **fields):
        end = time.monotonic() + seconds
        while self.count(**fields) < number:
            need(time.monotonic() < end, f'{number} log records with {fields} did not come:', self.lines[-5:])
            time.sleep(0.01)

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self.reader.join(5)
        for f in (self.process.stdin, self.process.stdout):
            f.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.end()


class Gateway(Process):
    """troth serve iiop or connect iiop."""

    def __init__(self, *words, environ=None):
        super().__init__([TROTH, *words], environ=environ)
        self.port = int(self.first[1].rsplit(':', 1)[1])


def serve(backend, *words, port=0):
    return Gateway('serve', 'iiop', '--listen', f'127.0.0.1:{port}', '--backend', f'127.0.0.1:{backend}',
                   '--log-format', 'json', *words)


def connect(port, *words, listen=0, environ=None):
    return Gateway('connect', 'iiop', f'127.0.0.1:{port}', '--listen', f'127.0.0.1:{listen}', '-q', *words, environ=environ)


class Orb(Process):
    """The server ORB; its references name `publish`, so that all that it hands out leads back through the gateways."""

    def __init__(self, publish, *words):
        self.file = tempfile.mktemp(prefix='troth-ior.')
        self.port = free_port()
        super().__init__([SERVER, self.file, '-ORBendPointNoPublish', f'giop:tcp:127.0.0.1:{self.port}',
                          '-ORBendPointPublish', f'giop:tcp:127.0.0.1:{publish}', '-ORBacceptBiDirectionalGIOP', '1',
                          '-ORBserverTransportRule', '* bidir,tcp', *words])
        with open(self.file, encoding='ascii') as f:
            self.reference = f.read().strip()
        os.unlink(self.file)


def ask(reference, *verbs, orb=(), environ=None, seconds=SECONDS):
    """The lines with which the client ORB answers, one a verb."""
    done = subprocess.run([CLIENT, reference, *verbs, *orb], capture_output=True, text=True, errors='replace',
                          timeout=seconds, check=False, env={**os.environ, **(environ or {})})
    need(done.returncode == 0, 'the client ORB failed:', done.returncode, done.stdout[-500:], done.stderr[-500:])
    return done.stdout.splitlines()


class Relay:
    """A plain TCP relay that keeps what went by: connections of (from_client, octets)."""

    def __init__(self, to):
        self.to, self.connections = to, []
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
                far = socket.create_connection(('127.0.0.1', self.to))
            except OSError:
                return
            chunks = []
            self.connections.append(chunks)
            for one, other, outward in ((peer, far, True), (far, peer, False)):
                threading.Thread(target=self.carry, args=(one, other, outward, chunks), daemon=True).start()

    @staticmethod
    def carry(one, other, outward, chunks):
        try:
            while data := one.recv(65536):
                chunks.append((outward, data))
                other.sendall(data)
            other.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


def enter_lab(argv):
    """Start this program anew in a realm of troth lab, unless it runs in one."""
    if not os.environ.get('TROTH_LAB'):
        os.execv(TROTH, [TROTH, 'lab', 'run', '--', sys.executable, os.path.abspath(argv[0]), *argv[1:]])
