#!/usr/bin/python3
"""The smallest ORB that can stand behind a gateway, without any security, and a client without any.

usage: echo.py serve                 "ready HOST:PORT"; echo returns its octets, whoami tells what the gateway says of the caller
       echo.py whoami HOST:PORT      who we are to the server behind the gateway
       echo.py echo HOST:PORT        standard input through echo, in calls of 256 KiB; what comes back goes to standard output
       echo.py ior HOST:PORT         a reference to such an object at an address
"""
import os
import socket
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from giop_wire import (CALLER, LOCATE_REPLY, LOCATE_REQUEST, REPLY, REQUEST, SAS, In, Out, Wire, message_from,  # noqa: E402
                       need)

KEY = b'echo'
PIECE = 256 << 10
STATUS = {0: 'no exception', 1: 'a user exception', 2: 'a system exception', 3: 'a forward'}
TYPE = 'IDL:troth/Echo:1.0'


class Request:
    """A Request or a LocateRequest as it came; `contexts` is a list of (id, octets)."""

    def __init__(self, message, order):
        self.minor, self.type = message[5], message[7]
        self.body = r = In(message, 12, order)
        self.contexts, self.operation, self.expected = [], '', True
        if self.type == REQUEST and self.minor < 2:
            self.read_contexts()
        self.number = r.get(4, 'I')
        if self.type == REQUEST:
            self.expected = r.get(1, 'B') != 0
            r.at += 3 if self.minor else 0
        if self.minor == 2:
            need(r.get(2, 'H') == 0, 'a target that is no key')
        self.key = r.run()
        if self.type == REQUEST:
            self.operation = r.text()
            if self.minor < 2:
                r.run()
            else:
                self.read_contexts()
                r.at += -r.at % 8

    def read_contexts(self):
        for _ in range(self.body.get(4, 'I')):
            number = self.body.get(4, 'I')
            self.contexts.append((number, self.body.run()))

    def caller(self):
        """(caller, authenticated, mechanism) as the gateway tells; empty strings where it does not."""
        for number, octets in self.contexts:
            if number == CALLER:
                r = In(octets, 1, '<' if octets[0] else '>')
                return tuple(r.text() for _ in range(3))
        return '', '', ''


def answer(request, status=0):
    """The beginning of a reply, big-endian, to be followed by its body: both begin on a multiple of 8."""
    kind = LOCATE_REPLY if request.type == LOCATE_REQUEST else REPLY
    o = Out(struct.pack('>4sBBBBI', b'GIOP', 1, request.minor, 0, kind, 0))
    if kind == REPLY and request.minor < 2:
        o.put(4, 'I', 0)
    o.put(4, 'I', request.number)
    o.put(4, 'I', 1 if kind == LOCATE_REPLY else status)
    if kind == REPLY and request.minor == 2:
        o.put(4, 'I', 0)
    return o


def finished(o):
    o.octets[8:12] = struct.pack('>I', len(o.octets) - 12)
    return bytes(o.octets)


class EchoOrb:
    """Serves on threads of its own; `requests` is what came."""

    def __init__(self, host='127.0.0.1'):
        self.requests = []
        self.socket = socket.create_server((host, 0))
        self.port = self.socket.getsockname()[1]
        self.address = f'{host}:{self.port}'
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(peer,), daemon=True).start()

    def serve(self, peer):
        def read(n):
            got = b''
            while len(got) < n:
                part = peer.recv(n - len(got))
                if not part:
                    raise EOFError
                got += part
            return got
        with peer:
            try:
                while True:
                    message, order = message_from(read)
                    if message[7] in (REQUEST, LOCATE_REQUEST):
                        request = Request(message, order)
                        self.requests.append(request)
                        reply = self.reply(request)
                        if request.expected:
                            peer.sendall(reply)
            except (EOFError, OSError):
                return

    @staticmethod
    def reply(request):
        if request.type == LOCATE_REQUEST:
            return finished(answer(request))
        if any(number == SAS for number, _ in request.contexts) or request.operation not in OPERATIONS:
            o = answer(request, 2)
            o.text('IDL:omg.org/CORBA/BAD_OPERATION:1.0')
            o.put(4, 'I', 0)
            o.put(4, 'I', 1)
            return finished(o)
        o = answer(request)
        OPERATIONS[request.operation](request, o)
        return finished(o)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.shutdown(socket.SHUT_RDWR)  # closing alone leaves it to the accept that waits
        self.socket.close()


def tell_caller(request, o):
    for word in request.caller():
        o.text(word)


def wait(request, o):
    time.sleep(request.body.get(4, 'I') / 1000)


OPERATIONS = {'echo': lambda request, o: o.run(request.body.run()), 'whoami': tell_caller, 'wait': wait}


# ---- the client ----

class Refused(Exception):
    """A system exception: its id, minor and completion."""

    def __init__(self, r):
        self.id, self.minor, self.completed = r.text(), r.get(4, 'I'), r.get(4, 'I')
        super().__init__(f'{self.id} minor {self.minor} completed {self.completed}')


class Client(Wire):
    key = KEY

    def ask(self, operation, arguments=None, minor=2):
        _, status, r = self.call(minor, self.key, operation, arguments)
        if status == 2:
            raise Refused(r)
        need(status == 0, 'answered by', STATUS.get(status, status))
        return r

    def whoami(self, minor=2):
        r = self.ask('whoami', minor=minor)
        return tuple(r.text() for _ in range(3))

    def echo(self, data, minor=2):
        return self.ask('echo', lambda o: o.run(data), minor).run()


def reference(host, port):
    """IOR: text of an object whose key is KEY, IIOP 1.2, without components."""
    p = Out(b'\0\1\2')
    p.text(host)
    p.put(2, 'H', port)
    p.run(KEY)
    p.put(4, 'I', 0)
    o = Out(b'\0')
    o.text(TYPE)
    o.put(4, 'I', 1)
    o.put(4, 'I', 0)
    o.run(bytes(p.octets))
    return 'IOR:' + o.octets.hex()


def main(argv):
    if argv[1:] == ['serve']:
        with EchoOrb() as orb:
            print('ready', orb.address, flush=True)
            threading.Event().wait()
    if len(argv) != 3 or argv[1] not in ('whoami', 'echo', 'ior'):
        sys.exit(__doc__)
    host, port = argv[2].rsplit(':', 1)
    if argv[1] == 'ior':
        print(reference(host, int(port)))
        return 0
    client = Client(int(port), host)
    try:
        if argv[1] == 'whoami':
            print(client.whoami()[0])
        else:
            while data := sys.stdin.buffer.read(PIECE):
                sys.stdout.buffer.write(client.echo(data))
    except Refused as e:
        sys.exit(f'echo.py: refused: {e}')
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
