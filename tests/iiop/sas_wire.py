"""Service context 15 and GIOP by hand, in both byte orders and as wrong as a test wants them; a fake ORB that records."""
import socket
import struct
import threading

from giop_wire import FRAGMENT, MESSAGE_ERROR, MORE, REPLY, In, message_from, need

REQUEST, CANCEL_REQUEST, CLOSE_CONNECTION = 0, 2, 5
SAS, CALLER = 15, 0xfffff075
BOTH = ('<', '>')
VERSIONS = (0, 1, 2)
GSSUP = bytes.fromhex('06066781020101 01'.replace(' ', ''))
KERBEROS = bytes.fromhex('06092a864886f712010202')
ABSENT, ANONYMOUS, PRINCIPAL, CHAIN, DN = 0, 1, 2, 4, 8
EVIDENCE, MECHANISM, CONFLICT, NO_CONTEXT = 1, 2, 3, 4


class Cdr:
    """A stream; `pad` fills alignment."""

    def __init__(self, order, octets=b'', pad=0):
        self.order, self.octets, self.pad = order, bytearray(octets), pad

    def put(self, size, form, *values):
        self.octets += bytes([self.pad]) * (-len(self.octets) % size) + struct.pack(self.order + form, *values)
        return self

    def run(self, octets):
        self.put(4, 'I', len(octets))
        self.octets += octets
        return self

    def text(self, text):
        return self.run(text.encode() + b'\0')


def body(order, disc, number, pad=0):
    """An encapsulation that has begun as a SASContextBody."""
    c = Cdr(order, bytes([order == '<']), pad)
    return c.put(2, 'h', disc).put(8, 'Q', number)


# ---- tokens ----

def exported(name, oid=GSSUP):
    name = name.encode() if isinstance(name, str) else name
    return b'\4\1' + struct.pack('>H', len(oid)) + oid + struct.pack('>I', len(name)) + name


def length(n):
    if n < 128:
        return bytes([n])
    octets = n.to_bytes((n.bit_length() + 7) // 8, 'big')
    return bytes([0x80 | len(octets)]) + octets


def framed(inner, oid=GSSUP):
    return b'\x60' + length(len(oid) + len(inner)) + oid + inner


def gssup_inner(user, password, target=None, order='<'):
    c = Cdr(order, bytes([order == '<']))
    for part in (user, password, exported('default') if target is None else target):
        c.run(part.encode() if isinstance(part, str) else part)
    return bytes(c.octets)


def gssup(user, password, target=None, order='<'):
    return framed(gssup_inner(user, password, target, order))


# ---- messages ----

def establish(number, token=b'', identity=(ABSENT, True), authz=(), order='<', pad=0):
    c = body(order, 0, number, pad).put(4, 'I', len(authz))
    for the_type, element in authz:
        c.put(4, 'I', the_type).run(element)
    kind, content = identity
    c.put(4, 'I', kind)
    if isinstance(content, bytes):
        c.run(content)
    else:
        c.put(1, 'B', content)
    return bytes(c.run(token).octets)


def in_context(number, discard=False, order='<'):
    return bytes(body(order, 5, number).put(1, 'B', discard).octets)


def complete(number, stateful, token=b'', order='<'):
    return bytes(body(order, 1, number).put(1, 'B', stateful).run(token).octets)


def error(number, major, minor=1, token=b'', order='<'):
    return bytes(body(order, 4, number).put(4, 'i', major).put(4, 'i', minor).run(token).octets)


def said(octets):
    """What a target's element says: (True, id, stateful) or (False, id, major, minor, token)."""
    r = In(octets, 1, '<' if octets[0] else '>')
    disc, number = r.get(2, 'h'), r.get(8, 'Q')
    if disc == 1:
        answer = (True, number, bool(r.get(1, 'B')))
        need(r.run() == b'', 'a final_context_token')
        return answer
    need(disc == 4, 'a message', disc)
    return (False, number, r.get(4, 'i'), r.get(4, 'i'), r.run())


# ---- GIOP ----

def header(minor, order, kind, size, more=False):
    return struct.pack('>4sBBBB', b'GIOP', 1, minor, (order == '<') | (MORE if more else 0), kind) + \
        struct.pack(order + 'I', size)


def request(minor, order, number, contexts=(), operation=b'echo\0', response=True, key=b'key'):
    """contexts: (id, octets). The body is a double at its own alignment."""
    c = Cdr(order, header(minor, order, REQUEST, 0))

    def put_list():
        c.put(4, 'I', len(contexts))
        for name, octets in contexts:
            c.put(4, 'I', name).run(octets)
    if minor < 2:
        put_list()
    c.put(4, 'I', number)
    c.put(1, 'B', (3 if minor == 2 else 1) if response else 0)
    if minor:
        c.octets += bytes(3)
    if minor == 2:
        c.put(2, 'H', 0)
    c.run(key).run(operation)
    if minor < 2:
        c.run(b'')
    else:
        put_list()
        c.octets += bytes(-len(c.octets) % 8)
    c.put(8, 'd', 0.5)
    c.octets[8:12] = struct.pack(order + 'I', len(c.octets) - 12)
    return bytes(c.octets)


def reply(minor, order, number, status, contexts=(), write=None):
    c = Cdr(order, header(minor, order, REPLY, 0))

    def put_list():
        c.put(4, 'I', len(contexts))
        for name, octets in contexts:
            c.put(4, 'I', name).run(octets)
    if minor < 2:
        put_list()
    c.put(4, 'I', number).put(4, 'I', status)
    if minor == 2:
        put_list()
        if write:
            c.octets += bytes(-len(c.octets) % 8)
    if write:
        write(c)
    c.octets[8:12] = struct.pack(order + 'I', len(c.octets) - 12)
    return bytes(c.octets)


def exception(name, completed=1):
    """What writes a system exception."""
    return lambda c: c.text(f'IDL:omg.org/CORBA/{name}:1.0').put(4, 'I', 0).put(4, 'I', completed)


def cancel(order, number):
    return header(2, order, CANCEL_REQUEST, 4) + struct.pack(order + 'I', number)


def contexts_of(r):
    return [(r.get(4, 'I'), r.run()) for _ in range(r.get(4, 'I'))]


class Asked:
    """A Request that came."""

    def __init__(self, message, order):
        self.message, self.order, self.minor = message, order, message[5]
        r = In(message, 12, order)
        if self.minor < 2:
            self.contexts = contexts_of(r)
        self.number, self.response = r.get(4, 'I'), bool(r.get(1, 'B'))
        r.at += 3 if self.minor else 0
        if self.minor == 2:
            need(r.get(2, 'H') == 0, 'not a key')
        r.run()
        self.operation = r.text()
        if self.minor < 2:
            r.run()
        else:
            self.contexts = contexts_of(r)
            r.at += -r.at % 8
        need(r.get(8, 'd') == 0.5, 'the body has moved')
        self.elements = [octets for name, octets in self.contexts if name == SAS]

    def caller(self):
        """(caller, authenticated, mech) as the gateway tells it; None = it does not."""
        told = [octets for name, octets in self.contexts if name == CALLER]
        need(len(told) <= 1, 'the caller is told twice')
        if not told:
            return None
        r = In(told[0], 1, '<' if told[0][0] else '>')
        return tuple(r.text() for _ in range(3))


class Answer:
    """A Reply that came: exception None = served."""

    def __init__(self, message, order):
        need(message[7] == REPLY, 'an answer of type', message[7])
        self.minor, r = message[5], In(message, 12, order)
        contexts = contexts_of(r) if self.minor < 2 else None
        self.number, self.status = r.get(4, 'I'), r.get(4, 'I')
        contexts = contexts_of(r) if contexts is None else contexts
        elements = [octets for name, octets in contexts if name == SAS]
        need(len(elements) <= 1, 'two elements in an answer')
        self.element = elements[0] if elements else None
        self.sas = said(self.element) if elements else None
        self.exception, self.completed = None, 0
        if self.status == 2:
            r.at += -r.at % 8 if self.minor == 2 else 0
            self.exception = r.text()[len('IDL:omg.org/CORBA/'):-len(':1.0')]
            r.get(4, 'I')
            self.completed = r.get(4, 'I')


def octets_of(s, n):
    got = b''
    while len(got) < n:
        part = s.recv(n - len(got))
        if not part:
            raise EOFError('the connection ended')
        got += part
    return got


class Line:
    """A connection to a gateway, that says what it is told to say."""

    def __init__(self, port, minor=2, order='<', source=0):
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.settimeout(20)
        self.socket.bind(('127.0.0.1', source))
        self.socket.connect(('127.0.0.1', port))
        self.minor, self.order, self.number = minor, order, 0

    def send(self, octets):
        self.socket.sendall(octets)

    def request(self, *elements, **more):
        """Send one; its number."""
        self.number += 1
        contexts = [(SAS, e) for e in elements] + more.pop('others', [])
        self.send(request(self.minor, self.order, self.number, contexts, **more))
        return self.number

    def message(self):
        """(octets, order) of the next one; EOFError = the connection ended."""
        return message_from(lambda n: octets_of(self.socket, n))

    def answer(self):
        return Answer(*self.message())

    def ask(self, *elements, **more):
        number = self.request(*elements, **more)
        answer = self.answer()
        need((answer.number, answer.minor) == (number, self.minor), 'an answer to', answer.number, 'in 1.', answer.minor)
        return answer

    def ended(self, error_first=None):
        """Nothing but an end may come, behind MessageError (True), without (False), or either (None)."""
        types = []
        try:
            while True:
                types.append(self.message()[0][7])
        except (EOFError, ConnectionError):
            pass
        allowed = {True: ([MESSAGE_ERROR],), False: ([], [CLOSE_CONNECTION]), None: ([], [MESSAGE_ERROR], [CLOSE_CONNECTION])}
        need(types in allowed[error_first], 'before the end came messages of types', types)

    def reset(self):
        """Gone without a word, so that the port can be used at once."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.socket.close()


class Peer:
    """What stands behind a gateway: it records requests and answers as `script` says, which is given (peer, asked, socket).
    Without a script: an empty result; to "slow" only once `go` is set."""

    def __init__(self, script=None):
        self.script, self.asked, self.go, self.lock = script, [], threading.Event(), threading.Lock()
        self.wrong = []
        self.socket = socket.create_server(('127.0.0.1', 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                s, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(s,), daemon=True).start()

    def serve(self, s):
        try:
            while True:
                message, order = message_from(lambda n: octets_of(s, n))
                if message[7] != REQUEST:
                    continue
                asked = Asked(message, order)
                with self.lock:
                    self.asked.append(asked)
                if self.script:
                    self.script(self, asked, s)
                elif asked.operation == 'slow':
                    threading.Thread(target=self.later, args=(asked, s), daemon=True).start()
                elif asked.response:
                    s.sendall(reply(asked.minor, order, asked.number, 0))
        except (EOFError, OSError):
            s.close()
        except AssertionError as e:
            self.wrong.append(e)
            s.close()

    def later(self, asked, s):
        self.go.wait(20)
        try:
            s.sendall(reply(asked.minor, asked.order, asked.number, 0))
        except OSError:
            pass  # nobody waits any longer

    def seen(self):
        with self.lock:
            return len(self.asked)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.go.set()
        self.socket.close()


def fragment(order, number, octets, more=True, minor=2):
    inside = (struct.pack(order + 'I', number) if minor == 2 else b'') + octets
    return header(minor, order, FRAGMENT, len(inside), more) + inside
