#!/usr/bin/python3
"""Hostile inputs to CSIv2 over GIOP against troth serve iiop and connect iiop, by the numbers of docs/wire/iiop-hostile.md.

usage: hostile.py TROTH [CELL-PATTERN]
"""
import fnmatch
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'rpc'))
import chain  # noqa: E402
import hostile_target  # noqa: E402
import hostile_tokens  # noqa: E402
from cases import Cases, need  # noqa: E402
from hostile_site import OTHER, PASSWORD, UNSPECIFIED, Bench, Site, good, lost, refused  # noqa: E402
from sas_wire import (CALLER, FRAGMENT, PRINCIPAL, SAS, Cdr, cancel, complete, establish, exported, fragment,  # noqa: E402
                      gssup, header, in_context, request)

BOB = ('bob', OTHER)


def h01_other_evidence(bench):
    """The context that stands is as it was."""
    with Site(bench) as s:
        for line in s.everywhere():
            s.served(line.ask(good(1, order=line.order)), 1, True)
            for token in (gssup('alice', 'wrong'), gssup(*BOB), gssup('nobody', PASSWORD), b''):
                refused(line.ask(establish(1, token, order=line.order)), 3, 1)
            refused(line.ask(good(1, authz=[(0x4f4d0001, b'abc')])), 3, 1)
            refused(line.ask(good(1, identity=(PRINCIPAL, exported('alice')))), 3, 1)
            s.served(line.ask(in_context(1, order=line.order)))


def h02_equivalent(bench):
    """Byte order and padding of the encapsulation are no part of the tokens; octets inside them are."""
    with Site(bench, '--max-contexts', '2') as s, s.line() as line:
        for element in (good(1), good(1, order='>'), good(1, pad=0xaa), good(1, order='>', pad=0xff)):
            s.served(line.ask(element), 1, True)
        refused(line.ask(establish(1, gssup('alice', PASSWORD, order='>'))), 3, 1)
        s.served(line.ask(good(2)), 2, True)  # there was room: the table had one entry
        s.served(line.ask(good(3)), 3, False)
        need(s.gateway.count(event='context') <= 3, s.gateway.lines)


def h03_h04_unknown(bench):
    with Site(bench) as s:
        for line in s.everywhere():
            for number in (7, 0, 1 << 63, 0x0102030405060708):
                lost(line.ask(in_context(number, order=line.order)), number)


def h05_id_0(bench):
    with Site(bench) as s:
        for line in s.everywhere():
            s.served(line.ask(good(0, order=line.order)), 0, False)
            lost(line.ask(in_context(0, order=line.order)), 0)


def h05_stateless_target(bench):
    """Whatever id is asked for: served, FALSE, nothing is kept, and nothing can be in conflict."""
    with Site(bench, '--stateless') as s:
        for line in s.everywhere():
            s.served(line.ask(good(1, order=line.order)), 1, False)
            lost(line.ask(in_context(1, order=line.order)), 1)
            s.served(line.ask(establish(1, gssup(*BOB))), 1, False, caller='bob')
            refused(line.ask(establish(1, gssup('mallory', 'x'))), 1, 1)


def h06_discard(bench):
    with Site(bench) as s:
        for line in s.everywhere():
            s.served(line.ask(good(1)), 1, True)
            s.served(line.ask(in_context(1, True)))
            lost(line.ask(in_context(1)), 1)
            s.served(line.ask(establish(1, gssup(*BOB))), 1, True, caller='bob')  # the id is free


def h06_discard_in_flight(bench):
    """Another request of the context runs: it completes, and so does one that was accepted before the discard."""
    with Site(bench) as s, s.line() as line:
        s.served(line.ask(good(1)), 1, True)
        slow = [line.request(in_context(1), operation=b'slow\0') for _ in range(3)]
        s.served(line.ask(in_context(1, True)))
        lost(line.ask(in_context(1)), 1)
        s.peer.go.set()
        answers = [line.answer() for _ in slow]
        need(sorted(a.number for a in answers) == slow and not any(a.exception for a in answers), 'slow ones')
        for _ in slow:
            s.dropped()


def h07_discard_unknown(bench):
    with Site(bench) as s:
        for line in s.everywhere():
            lost(line.ask(in_context(9, True)), 9)


def h08_other_connection(bench):
    with Site(bench) as s, s.line() as a, s.line() as b:
        s.served(a.ask(good(1)), 1, True)
        lost(b.ask(in_context(1)), 1)
        s.served(b.ask(establish(1, gssup(*BOB))), 1, True, caller='bob')
        s.served(a.ask(in_context(1)))
        lost(b.ask(in_context(2)), 2)


def h08_port_reused(bench):
    """The same address and port, after the first connection has gone: by its end, and by reset."""
    with Site(bench) as s:
        a = s.line()
        source = a.socket.getsockname()[1]
        for _ in range(3):
            s.served(a.ask(good(1)), 1, True)
            a.reset()
            a = s.line(source=source)
            lost(a.ask(in_context(1)), 1)
        a.reset()


def h09_pipelined(bench):
    """In order of arrival, and never as nobody."""
    with Site(bench) as s:
        for line in s.everywhere():
            both = [good(1), in_context(1), in_context(1)]
            line.send(b''.join(request(line.minor, line.order, 10 + i, [(SAS, e)]) for i, e in enumerate(both)))
            for i in range(3):
                answer = line.answer()
                need(answer.number == 10 + i, 'out of order:', answer.number)
                s.served(answer, *((1, True) if i == 0 else ()))
            bad = [establish(2, gssup('mallory', 'x')), in_context(2), in_context(1)]
            line.send(b''.join(request(line.minor, line.order, 20 + i, [(SAS, e)]) for i, e in enumerate(bad)))
            answers = {a.number: a for a in (line.answer() for _ in bad)}
            refused(answers[20], 1, 2)
            lost(answers[21], 2)
            s.served(answers[22])
        need([a.caller()[0] for a in s.peer.asked] == ['alice'] * len(s.peer.asked), 'somebody else came through')


def h10_rejected(bench):
    with Site(bench) as s:
        for line in s.everywhere():
            refused(line.ask(establish(5, gssup('mallory', 'x'), order=line.order)), 1, 5, tokens=UNSPECIFIED)
            lost(line.ask(in_context(5, order=line.order)), 5)
            s.served(line.ask(good(5)), 5, True)


def rss(process):
    with open(f'/proc/{process.pid}/status', encoding='ascii') as f:
        return next(int(x.split()[1]) for x in f if x.startswith('VmRSS'))


def h11_cap(bench):
    """Above the cap requests are served stateless; memory stays where it was."""
    with Site(bench, '--max-contexts', '4') as s, s.line() as line:
        for number in range(1, 5):
            s.served(line.ask(good(number)), number, True)
        for number in range(5, 30):
            s.served(line.ask(good(number)), number, False)
        before = rss(s.gateway.process)
        for number in range(30, 150):
            s.served(line.ask(good(number)), number, False)
        after = rss(s.gateway.process)
        print(f'    resident after 30 ids {before} KiB, after 150 {after} KiB')
        need(after - before < 4096, 'memory grows with ids above the cap')
        lost(line.ask(in_context(77)), 77)
        s.served(line.ask(good(2)), 2, True)  # one that stands is never negotiated down
        s.served(line.ask(in_context(2, True)))
        s.served(line.ask(good(77)), 77, True)


def h12_largest_id(bench):
    with Site(bench) as s:
        for line in s.everywhere():
            for number in ((1 << 64) - 1, 1 << 63, (1 << 63) - 1):
                s.served(line.ask(good(number, order=line.order)), number, True)
                s.served(line.ask(in_context(number, order=line.order)))
                lost(line.ask(in_context(number ^ 1, order=line.order)), number ^ 1)


def h16_lying_list(bench):
    """Lengths and counts of the header that lie: no answer to the request, MessageError, the end."""
    with Site(bench) as s:
        for minor, order in ((0, '>'), (1, '<'), (2, '<'), (2, '>')):
            for lie in (0x7fffffff, 0xffffffff, 4096):
                with s.line(minor, order) as line:
                    whole = bytearray(request(minor, order, 1, [(SAS, in_context(1))]))
                    at = whole.index(Cdr(order).put(4, 'I', SAS).octets + Cdr(order).put(4, 'I', 17).octets) + 4
                    whole[at:at + 4] = Cdr(order).put(4, 'I', lie).octets
                    line.send(whole)
                    line.ended(True)
                with s.line(minor, order) as line:
                    whole = bytearray(request(minor, order, 1, [(SAS, in_context(1))]))
                    at = whole.index(Cdr(order).put(4, 'I', SAS).octets) - 4
                    whole[at:at + 4] = Cdr(order).put(4, 'I', lie).octets
                    line.send(whole)
                    line.ended(True)
        with s.line() as line:  # a message of 4 GiB is announced, and nothing of it comes
            line.send(header(2, '<', 0, 0xffffffff))
            line.ended()


def h26_operations(bench):
    """Without an end, with one inside, empty: what any ORB behind would read differently."""
    with Site(bench) as s:
        for operation in (b'echo', b'ec\0ho\0', b'', b'echo\0\0'):
            for minor, order in ((0, '>'), (1, '<'), (2, '<'), (2, '>')):
                with s.line(minor, order) as line:
                    line.request(good(1), operation=operation)
                    try:
                        refused(line.answer(), None, exception='MARSHAL')
                    except (AssertionError, EOFError, ConnectionError):
                        with s.line(minor, order) as again:
                            again.request(good(1), operation=operation)
                            again.ended(True)


def h28_twice(bench):
    """Never "the first wins", nor the last."""
    with Site(bench) as s:
        for line in s.everywhere():
            s.served(line.ask(good(1)), 1, True)
            for pair in ((good(2), establish(2, gssup(*BOB))), (good(2), good(2)), (in_context(1), in_context(1)),
                         (good(2), b''), (b'\1', in_context(1))):
                refused(line.ask(*pair), 0)
            lost(line.ask(in_context(2)), 2)
            s.served(line.ask(in_context(1)))


def h29_oneway(bench):
    with Site(bench) as s:
        for line in s.everywhere():
            for bad in (establish(2, gssup('mallory', 'x')), in_context(9), b'\1\0\0', complete(1, True), b''):
                line.request(bad, response=False)
            line.request(in_context(9), in_context(9), response=False)
            line.request(response=False)
            s.served(line.ask(good(1)), 1, True)
            line.request(in_context(1), response=False)
            s.dropped()
            s.served(line.ask(in_context(1)))


def h30_fragments_stop(bench):
    """Context 15 is cut, and the rest never comes: the timer; pieces that crawl do not push it on."""
    with Site(bench, '--fragment-timeout', '600ms') as s:
        for minor, order in ((1, '<'), (2, '<'), (2, '>')):
            whole = request(minor, order, 1, [(SAS, good(1))])
            begun = whole[:6] + bytes([whole[6] | 2]) + whole[7:8] + Cdr(order).put(4, 'I', 60).octets + whole[12:72]
            with s.line(minor, order) as line:
                start = time.monotonic()
                line.send(begun)
                line.ended()
                need(0.5 < time.monotonic() - start < 5, 'ended after', time.monotonic() - start)
            with s.line(minor, order) as line:  # and one octet at a time
                need(not outlives(line, [whole[i:i + 1] for i in range(len(whole))]), 'crawling kept it alive')
            with s.line(minor, order) as line:  # in pieces that come to no end
                pieces = [begun] + [fragment(order, 1, bytes(8), True, minor)] * 60
                need(not outlives(line, pieces), 'pieces kept it alive')
            if minor == 2:  # nor do other messages; before 1.2 nothing may come between
                with s.line(minor, order) as line:
                    need(not outlives(line, [begun] + [cancel(order, 99)] * 60), 'other messages kept it alive')


def outlives(line, parts):
    """Send one after another; whether the connection is still there after two seconds of it."""
    line.socket.settimeout(0.04)
    for part in parts[:50]:
        line.send(part)
        try:
            need(line.socket.recv(1) == b'', 'an answer')
            return False
        except TimeoutError:
            pass
    return True


def h30_endless_fragments(bench):
    """Pieces without an end: their number is capped where they are short, their octets where they are long."""
    with Site(bench) as s:
        for minor, size, most in ((1, 1, 70), (1, 8, 70), (2, 8, 5000), (2, 16384, 100), (2, 1, 1), (2, 0, 5000)):
            whole = request(minor, '<', 1, [(SAS, good(1))])
            begun = whole[:6] + bytes([whole[6] | 2]) + whole[7:8] + Cdr('<').put(4, 'I', 60).octets + whole[12:72]
            with s.line(minor, '<') as line:
                piece = fragment('<', 1, bytes(size), True, minor)
                try:
                    line.send(begun + piece * most)
                    line.ended()
                except ConnectionError:
                    pass
        with s.line() as line:  # many messages at once, each begun and left
            whole = request(2, '<', 1, [(SAS, good(1))])
            try:
                for number in range(1, 20):
                    part = bytearray(whole[:72])
                    part[6] |= 2
                    part[8:12], part[12:16] = Cdr('<').put(4, 'I', 60).octets, Cdr('<').put(4, 'I', number).octets
                    line.send(part)
                line.ended()
            except ConnectionError:
                pass


def h31_ids(bench):
    """Nothing is refused before its last fragment; what is cancelled before it is swallowed. An id in flight again: the end."""
    with Site(bench) as s:
        for order in '<>':
            whole = request(2, order, 1, [(SAS, establish(1, gssup('mallory', 'x')))])
            begun = whole[:6] + bytes([whole[6] | 2]) + whole[7:8] + Cdr(order).put(4, 'I', 60).octets + whole[12:72]
            with s.line(2, order) as line:
                line.number = 10
                line.send(begun + cancel(order, 1))
                for _ in range(100):
                    line.send(fragment(order, 1, bytes(64)))
                s.served(line.ask(good(1)), 1, True)
                line.send(fragment(order, 1, bytes(8), False))
                s.served(line.ask(in_context(1)))
            with s.line(2, order) as line:
                line.number = 10
                line.send(begun)
                refused(line.ask(establish(3, gssup('mallory', 'x'))), 1, 3)  # between the pieces
                line.send(fragment(order, 1, whole[72:], False))
                refused(line.answer(), 1, 1)
                line.send(fragment(order, 1, bytes(8), False))  # of nothing
                line.ended(True)
            with s.line(2, order) as line:
                line.request(good(1), operation=b'slow\0')
                s.dropped()
                s.wait()
                line.number = 0
                line.request(good(1))
                line.ended(True)
        for minor in (0, 1):
            with s.line(minor) as line:
                line.send(header(minor, '<', FRAGMENT, 8) + bytes(8))
                line.ended(True)


def in_own_network():
    return subprocess.run(['unshare', '-rn', 'ip', 'link', 'set', 'lo', 'up'], capture_output=True, check=False).returncode == 0


def h33_clear_link(bench):
    """GSSUP over a link that leaves the machine, without TLS: refused before the password is looked at."""
    if not os.environ.get('IIOP_HOSTILE_INSIDE'):
        inside = 'ip link set lo up && exec "$0" "$@"'
        done = subprocess.run(['unshare', '-rn', 'sh', '-c', inside, sys.executable, os.path.abspath(__file__), chain.TROTH,
                               'h33_*'], env={**os.environ, 'IIOP_HOSTILE_INSIDE': '1'}, capture_output=True, text=True,
                              check=False)
        need(done.returncode == 0, done.stdout, done.stderr)
        return
    s = Site.__new__(Site)
    s.peer = hostile_target.Peer()
    s.gateway = chain.Gateway('serve', 'iiop', '--listen', '0.0.0.0:0', '--backend', f'127.0.0.1:{s.peer.port}',
                              '--log-format', 'json', '--gssup-users', bench.users)
    s.port = s.gateway.port
    try:
        for line in s.everywhere():
            refused(line.ask(good(1, order=line.order)), 2, 1)
            refused(line.ask(establish(1, gssup('alice', 'wrong'))), 2, 1)
        need(not s.peer.seen() and PASSWORD not in ''.join(s.gateway.lines), 'it came through')
    finally:
        s.close()


def h34_connection(bench):
    """So many refused evidences end a connection; refusals of other kinds do not."""
    with Site(bench) as s:
        for line in s.everywhere():
            for _ in range(40):
                lost(line.ask(in_context(9)), 9)
            for i in range(15):
                refused(line.ask(establish(1, gssup(f'mallory{line.minor}{i}', 'x'))), 1, 1)
            s.served(line.ask(good(2)), 2, True)
            refused(line.ask(establish(1, gssup('mallory', 'x'))), 1, 1)
            line.ended()


def h34_user(bench):
    """Guesses about one user, over many connections: the right password comes too late. Others are not touched."""
    with Site(bench) as s:
        seen = set()
        for i in range(32):
            with s.line() as line:
                answer = line.ask(establish(1, gssup('alice', f'guess {i}')))
                refused(answer, 1, 1)
                seen.add(bytes(answer.element))
        with s.line() as line:
            barred = line.ask(good(1))
            refused(barred, 1, 1)
            seen.add(bytes(barred.element))
            s.served(line.ask(establish(2, gssup(*BOB))), 2, True, caller='bob')
            nobody = line.ask(establish(1, gssup('nobody', 'x')))
            seen.add(bytes(nobody.element))
        need(len(seen) == 1, 'answers tell barred, unknown and wrong apart:', seen)


def h36_forged(bench):
    """What a client says about itself in our own context."""
    forged = Cdr('<', b'\1').text('root').text('root').text('kerberos').put(4, 'I', 0).octets
    with Site(bench) as s:
        for line in s.everywhere():
            for n in (1, 2, 5):
                s.served(line.ask(good(1), others=[(CALLER, bytes(forged))] * n), 1, True)
            s.served(line.ask(in_context(1), others=[(CALLER, b''), (CALLER, b'\xff' * 300)]))
            refused(line.ask(others=[(CALLER, bytes(forged))]), 0)
    peer = hostile_target.Peer()
    gateway = chain.serve(peer.port, '--gssup-users', bench.users)  # without --tell-caller, too
    with peer, gateway, hostile_target.Line(gateway.port) as line:
        need(line.ask(good(1), others=[(CALLER, bytes(forged))]).exception is None, 'not served')
        need(peer.asked[-1].caller() is None and not peer.asked[-1].elements, 'it came through')


def h37_disabled(bench):
    """A user is taken out of the store: his context is lost, and cannot be established again."""
    store = os.path.join(bench.folder, 'users37')
    for name, password in (('alice', PASSWORD), ('proxy', PASSWORD)):
        bench.passwd(store, name, password)
    with Site(bench, users=store) as s, s.line() as line:
        s.served(line.ask(good(1)), 1, True)
        text = [x for x in open(store, encoding='utf-8') if not x.startswith('alice')]
        with open(store, 'w', encoding='utf-8') as f:
            f.writelines(text)
        s.gateway.process.send_signal(signal.SIGHUP)
        lost(until(lambda a: a.exception, s, lambda n: line.ask(in_context(1)), None), 1)
        refused(line.ask(good(1)), 1, 1)
        refused(line.ask(good(2)), 1, 2)


def until(true, s, ask, stateful):
    """Ask, with new ids, until it is true; what was served before is counted."""
    for number in range(2, 60):
        answer = ask(number)
        if true(answer):
            return answer
        s.served(answer, number, stateful)
        time.sleep(0.1)
    raise AssertionError('it does not become true')


def h38_race(bench):
    """Contexts end by time, by discard and by both at about the same moment."""
    with Site(bench, '--context-idle', '20ms') as s, s.line() as line:
        for i in range(40):
            s.served(line.ask(good(1)), 1, True)
            time.sleep(0.017 + i % 8 * 0.001)
            for answer in (line.ask(in_context(1, True)), line.ask(in_context(1, True))):
                if answer.exception is None:
                    s.served(answer)
                else:
                    lost(answer, 1)
            lost(line.ask(in_context(1)), 1)


HERE = [h01_other_evidence, h02_equivalent, h03_h04_unknown, h05_id_0, h05_stateless_target, h06_discard,
        h06_discard_in_flight, h07_discard_unknown, h08_other_connection, h08_port_reused, h09_pipelined,
        h10_rejected, h11_cap, h12_largest_id, h16_lying_list, h26_operations, h28_twice, h29_oneway,
        h30_fragments_stop, h30_endless_fragments, h31_ids, h33_clear_link, h34_connection, h34_user, h36_forged,
        h37_disabled, h38_race]


def main(argv):
    chain.TROTH = os.path.abspath(argv[1])
    said = os.environ.get('ASAN_OPTIONS')
    os.environ['ASAN_OPTIONS'] = ':'.join([*([said] if said else []), 'quarantine_size_mb=1'])  # resident memory is looked at
    pattern, cases = (argv[2:] or ['*'])[0], Cases()
    with tempfile.TemporaryDirectory(prefix='troth-iiop.') as folder:
        bench = Bench(folder)
        for cell in sorted([*HERE, *hostile_tokens.CELLS, *hostile_target.CELLS], key=lambda f: f.__name__):
            if not fnmatch.fnmatch(cell.__name__, pattern):
                continue
            if cell is h33_clear_link and not in_own_network():
                cases.skip(cell.__name__, 'unshare cannot make a network of its own here')
            else:
                cases.run(cell.__name__, cell, bench)
    return cases.end()


if __name__ == '__main__':
    sys.exit(main(sys.argv))
