"""Targets that lie, before troth connect iiop: number 35. Never a loop, never a password twice once it was refused."""
import threading

import chain
from giop_wire import need
from hostile_site import PASSWORD
from sas_wire import SAS, Line, Peer, complete, error, exception, reply


class Kind:
    """What an element that came is."""

    def __init__(self, asked):
        need(len(asked.elements) == 1, len(asked.elements), 'elements')
        self.element = asked.elements[0]
        order = 'little' if self.element[0] else 'big'
        self.establishes = int.from_bytes(self.element[2:4], order) == 0
        self.number = int.from_bytes(self.element[8:16], order)
        self.password = PASSWORD.encode() in self.element


class Liar:
    """A target whose answers `answer(kind, turn)` makes: (status, elements, writer of the body), None = silence."""

    def __init__(self, bench, answer, *words, contexts=True):
        self.kinds, self.answer = [], answer
        self.peer = Peer(self.reply if contexts else None)
        self.gateway = chain.connect(self.peer.port, '--user', 'alice', '--password-file', bench.secret(PASSWORD), *words)

    def reply(self, peer, asked, s):
        kind = Kind(asked)
        self.kinds.append(kind)
        made = self.answer(kind, len(self.kinds))
        if made:
            status, elements, write = made
            s.sendall(reply(asked.minor, asked.order, asked.number, status, [(SAS, e) for e in elements], write))

    def passwords(self):
        return sum(k.password for k in self.kinds)

    def line(self, *words):
        return Line(self.gateway.port, *words)

    def __enter__(self):
        return self

    def __exit__(self, kind, *exc):
        self.peer.__exit__()
        self.gateway.end()
        log = '\n'.join(self.gateway.lines)
        if kind is None:
            need(not self.peer.wrong, 'at the target:', self.peer.wrong)
            need('ERROR' not in log and 'runtime error' not in log and PASSWORD not in log, log[-2000:])


OK = (0, [], None)
VERSIONS = ((0, '>'), (1, '<'), (2, '<'), (2, '>'))


def broken(answer):
    """An answer that cannot be believed is no result, and invites nobody to try again."""
    need(answer.exception in ('INTERNAL', 'NO_PERMISSION') and answer.sas is None, 'the ORB was told', answer.exception,
         answer.status, answer.sas)


def contradiction(bench, make, *words):
    """The lie is the first answer; whatever the ORB asks afterwards, one token is all that the target gets."""
    for minor, order in VERSIONS:
        with Liar(bench, lambda k, turn: make(k), *words) as liar, liar.line(minor, order) as line:
            broken(line.ask())
            need(len(liar.kinds) == 1, len(liar.kinds), 'requests for one')
            for _ in range(5):
                try:
                    broken(line.ask())
                except (EOFError, ConnectionError):
                    break
            need(liar.passwords() == 1, liar.passwords(), 'passwords to a target that lies')


def h35_id_not_asked(bench):
    for number in (2, 77, 1 << 63):
        contradiction(bench, lambda k, n=number: (0, [complete(k.number + n, True)], None), '--stateful')
        contradiction(bench, lambda k, n=number: (2, [error(k.number + n, 1)], exception('NO_PERMISSION')), '--stateful')


def h35_stateful_id_0(bench):
    contradiction(bench, lambda k: (0, [complete(0, True)], None))


def h35_error_and_result(bench):
    for major in (1, 2, 3, 4):
        for words in ((), ('--stateful',)):
            contradiction(bench, lambda k, m=major: (0, [error(k.number, m)], None), *words)


def h35_no_message(bench):
    lies = [b'', b'\1', b'\2' + complete(1, True)[1:], complete(1, True)[:-1], complete(1, True) + b'\0', bytes(200)]
    for lie in lies:
        contradiction(bench, lambda k, x=lie: (0, [x], None), '--stateful')
    contradiction(bench, lambda k: (0, [complete(k.number, True)] * 2, None), '--stateful')
    contradiction(bench, lambda k: (0, [k.element], None), '--stateful')  # our own, back


def h35_huge_error_token(bench):
    """100 MiB that are announced, and 900,000 octets that come."""
    lying = error(0, 1)[:-4] + b'\0\0\x40\6'
    contradiction(bench, lambda k: (2, [lying], exception('NO_PERMISSION')))
    for minor, order in VERSIONS:
        with Liar(bench, lambda k, turn: (2, [error(k.number, 1, token=bytes(900000))], exception('NO_PERMISSION'))) as liar, \
                liar.line(minor, order) as line:
            broken(line.ask())
            need(liar.passwords() == 1, liar.passwords(), 'passwords')
        with Liar(bench, lambda k, turn: (2, [error(k.number, 1, token=bytes(1 << 21))], exception('NO_PERMISSION'))) as liar, \
                liar.line(minor, order) as line:  # more than a message may have
            line.request()
            try:
                broken(line.answer())
            except (EOFError, ConnectionError):
                pass


def h35_endless_no_context(bench):
    """4/1 to all that is sent, from the first request on, and once a context stood."""
    for minor, order in VERSIONS:
        with Liar(bench, lambda k, turn: (2, [error(k.number, 4)], exception('NO_PERMISSION')), '--stateful') as liar, \
                liar.line(minor, order) as line:
            for _ in range(6):
                before = len(liar.kinds)
                need(line.ask().exception == 'NO_PERMISSION', 'another exception')
                need(len(liar.kinds) - before <= 2, len(liar.kinds) - before, 'sent for one request')
            need(liar.passwords() <= 2, liar.passwords(), 'passwords to a target that refuses them')

        def after(k, turn):
            return (0, [complete(k.number, True)], None) if turn == 1 else (2, [error(k.number, 4)], exception('NO_PERMISSION'))
        with Liar(bench, after, '--stateful') as liar, liar.line(minor, order) as line:
            need(line.ask().exception is None, 'the first one')
            for _ in range(6):
                before = len(liar.kinds)
                need(line.ask().exception == 'NO_PERMISSION', 'another exception')
                need(len(liar.kinds) - before <= 2, len(liar.kinds) - before, 'sent for one request')
            need(liar.passwords() <= 2, liar.passwords(), 'passwords: the first, and one more once it was lost')


def h35_lost_each_time(bench):
    """Every context is lost at its first use. Each request is served, by one retry."""
    def answer(k, turn):
        return (0, [complete(k.number, True)], None) if k.establishes else (2, [error(k.number, 4)], exception('NO_PERMISSION'))
    for minor, order in VERSIONS:
        with Liar(bench, answer, '--stateful') as liar, liar.line(minor, order) as line:
            for i in range(8):
                need(line.ask().exception is None, 'a request was not served')
                need(len(liar.kinds) == 1 + 2 * i, len(liar.kinds), 'sent for', i + 1, 'requests')
            numbers = [k.number for k in liar.kinds if k.establishes]
            need(len(set(numbers)) == len(numbers), 'an id was used again:', numbers)


def h35_refused(bench):
    """1/1 and 2/1 are the end of that evidence on the connection."""
    for minor, order in VERSIONS:
        for major in (1, 2):
            for words in ((), ('--stateful',)):
                with Liar(bench, lambda k, turn, m=major: (2, [error(k.number, m)], exception('NO_PERMISSION')), *words) as liar, \
                        liar.line(minor, order) as line:
                    for _ in range(5):
                        answer = line.ask()
                        need(answer.exception == 'NO_PERMISSION' and answer.completed == 1, answer.exception)
                    need(liar.passwords() == 1 and len(liar.kinds) == 1, liar.passwords(), 'passwords after the refusal')


def h35_conflicts(bench):
    """3/1 to every id: one fresh id, and no third."""
    for minor, order in VERSIONS:
        with Liar(bench, lambda k, turn: (2, [error(k.number, 3)], exception('NO_PERMISSION')), '--stateful') as liar, \
                liar.line(minor, order) as line:
            for _ in range(4):
                before = len(liar.kinds)
                need(line.ask().exception == 'NO_PERMISSION', 'another exception')
                need(len(liar.kinds) - before <= 2, len(liar.kinds) - before, 'sent for one request')


def forward(c):
    """A reference to somewhere weaker: plain IIOP, no component 33."""
    profile = bytes([c.order == '<', 1, 0])
    inside = type(c)(c.order, profile).text('127.0.0.1').put(2, 'H', 9).run(b'key')
    c.text('IDL:probe:1.0').put(4, 'I', 1).put(4, 'I', 0).run(bytes(inside.octets))


def h35_forward(bench):
    """The ORB decides where to go; we do not follow, and give no evidence to it. The context is not used again. [R25]"""
    for minor, order in VERSIONS:
        with Liar(bench, lambda k, turn: (3, [], forward), '--stateful') as liar, liar.line(minor, order) as line:
            answer = line.ask()
            need(answer.status == 3 and answer.sas is None and len(liar.kinds) == 1, 'status', answer.status, len(liar.kinds))
            line.ask()
            need(all(k.establishes for k in liar.kinds) and len({k.number for k in liar.kinds}) == len(liar.kinds),
                 'a context that nobody has established')
        with Liar(bench, lambda k, turn: (3, [error(k.number, 1)], forward), '--stateful') as liar, liar.line(minor, order) as line:
            broken(line.ask())
            need(len(liar.kinds) == 1, 'sent', len(liar.kinds))


def h35_unasked(bench):
    """Replies to nothing, twice to one request, in another version: the connection ends, the gateway does not."""
    for minor, order in VERSIONS:
        peer = Peer(lambda p, asked, s: s.sendall(reply(asked.minor, asked.order, asked.number + 5, 0)))
        twice = Peer(lambda p, asked, s: s.sendall(reply(asked.minor, asked.order, asked.number, 0) * 3))
        for target, served in ((peer, False), (twice, True)):
            with target, chain.connect(target.port, '--user', 'alice', '--password-file', bench.secret(PASSWORD)) as gateway:
                for _ in range(3):
                    with Line(gateway.port, minor, order) as line:
                        line.request()
                        try:
                            need(line.answer().exception is None and served, 'an answer to nothing')
                        except (EOFError, ConnectionError):
                            need(not served, 'no answer')
                need(gateway.process.poll() is None, gateway.lines[-20:])
                need(target.seen() == 3, target.seen(), 'requests')


def h35_crowd(bench):
    """Many requests at once while the evidence is being refused: it goes out once."""
    held, gate = [], threading.Event()

    def answer(k, turn):
        held.append(k)
        gate.wait(3)
        return (2, [error(k.number, 1)], exception('NO_PERMISSION'))
    with Liar(bench, answer) as liar, liar.line() as line:
        for _ in range(10):
            line.request()
        gate.set()
        need(all(line.answer().exception == 'NO_PERMISSION' for _ in range(10)), 'not all are refused')
        for _ in range(5):
            need(line.ask().exception == 'NO_PERMISSION', 'served')
        print(f'    10 requests at once, then 5: {liar.passwords()} passwords')
        need(liar.passwords() <= 10, liar.passwords(), 'passwords after the refusal')


CELLS = [h35_id_not_asked, h35_stateful_id_0, h35_error_and_result, h35_no_message, h35_huge_error_token, h35_endless_no_context,
         h35_lost_each_time, h35_refused, h35_conflicts, h35_forward, h35_unasked, h35_crowd]
