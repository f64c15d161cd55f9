"""Starting and reading the peers of the interop tests: `troth serve`, `troth connect`, the .NET programs."""
import hashlib
import json
import os
import re
import select
import subprocess
import threading
import time

LEVEL = {'none': (False, False), 'sign': (False, True), 'encrypt': (True, True)}  # IsEncrypted, IsSigned
IMPERSONATION = {'identify': 'Identification', 'impersonate': 'Impersonation', 'delegate': 'Delegation'}


class Failed(Exception):
    """A cell did not do what it had to."""


def need(truth, *what):
    if not truth:
        raise Failed(' '.join(str(w) for w in what))


class Program:
    """A peer that prints "ready HOST:PORT" once it listens. Its output is gathered line by line."""

    def __init__(self, args, env, log):
        self.args, self.lines, self.errors = args, [], []
        self.proc = subprocess.Popen(args, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                     text=True, errors='replace', env=env)
        self.log = log
        self.threads = [threading.Thread(target=self.read, args=(pipe, into), daemon=True)
                        for pipe, into in ((self.proc.stdout, self.lines), (self.proc.stderr, self.errors))]
        for t in self.threads:
            t.start()

    def read(self, pipe, into):
        for line in pipe:
            into.append(line.rstrip('\n'))

    def wait_for(self, test, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for line in list(self.lines) + list(self.errors):
                if test(line):
                    return line
            if self.proc.poll() is not None and not any(t.is_alive() for t in self.threads):
                break
            time.sleep(0.01)
        return None

    def port(self):
        line = self.wait_for(lambda s: s.startswith('ready '))
        need(line, self.args[0], 'never said ready:', self.errors[-3:])
        return int(line.rsplit(':', 1)[1])

    def stop(self, seconds=10):
        """SIGTERM, then wait: an orderly end is part of every cell."""
        if self.proc.poll() is None:
            self.proc.terminate()
        try:
            self.proc.wait(seconds)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
            raise Failed(f'{os.path.basename(self.args[0])} did not end on SIGTERM')
        finally:
            for t in self.threads:
                t.join(5)
            with open(self.log, 'a', encoding='utf-8') as f:
                f.write(f"$ {' '.join(self.args)}\n" + '\n'.join(self.lines + self.errors) + '\n')
        return self.proc.returncode

    def objects(self):
        """The JSON lines of both outputs."""
        return [json.loads(line) for line in self.lines + self.errors if line.startswith('{')]


def sanitizer(lines):
    """What a sanitizer said, if it spoke."""
    return [line for line in lines if re.search(r'(ERROR: \w*Sanitizer|runtime error:|SUMMARY: \w*Sanitizer)', line)]


def fact(objects, event):
    found = [o for o in objects if o.get('event') == event]
    return found[0] if found else None


def native_codes(failed):
    return [x['native'] for x in failed['chain'] if x['native']]


class Connect:
    """`troth connect`, its stdin and stdout in our hands."""

    def __init__(self, args, env, log):
        self.args, self.log = args, log
        self.errors = open(log + '.connect', 'w+', encoding='utf-8', errors='replace')
        self.proc = subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.errors, env=env)

    def echo(self, size, seconds=120):
        """Send size octets and take them back; the same, octet for octet."""
        data = os.urandom(size)
        writer = threading.Thread(target=self.write, args=(data,), daemon=True)
        writer.start()
        got, end = bytearray(), time.monotonic() + seconds
        while len(got) < size:
            ready, _, _ = select.select([self.proc.stdout], [], [], max(0, end - time.monotonic()))
            octets = os.read(self.proc.stdout.fileno(), 1 << 16) if ready else b''
            need(octets, f'the echo of {size} octets ended after {len(got)}:', self.said()[-300:])
            got += octets
        writer.join(5)
        need(hashlib.sha256(got).digest() == hashlib.sha256(data).digest() and got == data,
             f'the echo of {size} octets differs')

    def write(self, data):
        try:
            self.proc.stdin.write(data)
            self.proc.stdin.flush()
        except OSError:
            pass

    def finish(self, seconds=30):
        """End our direction, and wait. The exit status and what it said."""
        try:
            self.proc.stdin.close()
        except OSError:
            pass
        try:
            self.proc.wait(seconds)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
            raise Failed('troth connect did not end: ' + self.said()[-300:])
        finally:
            with open(self.log, 'a', encoding='utf-8') as f:
                f.write(f"$ {' '.join(self.args)}\n{self.said()}\nexit {self.proc.returncode}\n")
        return self.proc.returncode, self.said()

    def said(self):
        self.errors.flush()
        with open(self.log + '.connect', encoding='utf-8', errors='replace') as f:
            return f.read()
