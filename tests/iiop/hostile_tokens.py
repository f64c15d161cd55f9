"""Elements and tokens that are no messages, or say what nobody may say: numbers 13 to 27 and 32."""
import struct

from giop_wire import need
from hostile_site import OTHER, PASSWORD, UNSPECIFIED, Site, good, lost, refused
from sas_wire import (ANONYMOUS, CHAIN, DN, GSSUP, KERBEROS, PRINCIPAL, SAS, Cdr, body, complete, error, establish, exported,
                      framed, gssup, gssup_inner, in_context, length, request)

NO_MESSAGE = ('MARSHAL', 'NO_PERMISSION')


def each(site, wrong, major=0, exception=NO_MESSAGE, number=1, tokens=None):
    """Every one of the elements, made for the line's order, on a connection of its own; which goes on afterwards."""
    for line in site.everywhere():
        for element in wrong(line.order):
            with site.line(line.minor, line.order) as one:
                refused(one.ask(element), major, number, exception, tokens)
                lost(one.ask(in_context(number, order=line.order)), number)


def h13_discriminators(bench):
    def wrong(order):
        for disc in (2, 3, -1, 256, 6, 1024, 0x500, 0x7fff):
            yield bytes(body(order, disc, 1).put(1, 'B', 0).octets)
            yield bytes(body(order, disc, 1).octets) + bytes(40)
        yield complete(1, True, order=order)
        yield error(1, 4, order=order)
        other = '<' if order == '>' else '>'
        yield bytes([order == '<']) + in_context(1, order=other)[1:]  # the octet says one order, the rest is in the other
        yield bytes([order == '<']) + good(1, order=other)[1:]
    with Site(bench) as s:
        each(s, wrong)


def h14_byte_order(bench):
    with Site(bench) as s:
        for line in s.everywhere():
            for octet in range(2, 256):
                refused(line.ask(bytes([octet]) + in_context(1)[1:]), 0, exception='MARSHAL')
            for octet in (2, 3, 128, 255):
                refused(line.ask(bytes([octet]) + good(1)[1:]), 0, exception='MARSHAL')


def h15_too_short(bench):
    """Every prefix, the one that ends in a pad among them."""
    def wrong(order):
        for whole in (in_context(1, order=order), good(1, order=order)):
            for n in [*range(0, 30), len(whole) - 1]:
                if n < len(whole):
                    yield whole[:n]
    with Site(bench) as s:
        each(s, wrong, exception=NO_MESSAGE)


def h17_lengths(bench):
    """Lengths and counts inside, beyond what is there: nothing is allocated, nothing wraps."""
    def wrong(order):
        whole = good(1, order=order)
        token = len(whole) - len(gssup('alice', PASSWORD)) - 4
        for lie in (0x7fffffff, 0xffffffff, 0xfffffff8, 0x80000000, 100):
            four = struct.pack(order + 'I', lie)
            yield whole[:token] + four + whole[token + 4:]  # the client authentication token
            yield bytes(body(order, 0, 1).put(4, 'I', 0).put(4, 'I', PRINCIPAL).octets) + four + bytes(20)
            yield bytes(body(order, 0, 1).put(4, 'I', 1).put(4, 'I', 0x4f4d0001).octets) + four + bytes(20)
    with Site(bench) as s:
        each(s, wrong)


def h17_inside_gssup(bench):
    def wrong(order):
        for lie in (0x7fffffff, 0xffffffff, 0xfffffffc):
            for at in (4, 16):
                inner = bytearray(gssup_inner('alice', PASSWORD, order=order))
                inner[at:at + 4] = struct.pack(order + 'I', lie)
                yield establish(1, framed(bytes(inner)), order=order)
    with Site(bench) as s:
        each(s, wrong, 1, 'NO_PERMISSION', tokens=UNSPECIFIED)


def h18_bombs(bench):
    """Counts and sizes that would cost: authorization elements without end, tokens of 128 KiB."""
    def wrong(order):
        for count in (0xffffffff, 0x20000000, 0x7fffffff, 1000):
            yield bytes(body(order, 0, 1).put(4, 'I', count).octets) + bytes(400)
        yield good(1, authz=[(1, b'')] * 17, order=order)
        yield establish(1, bytes(128 << 10), order=order)
        yield establish(1, framed(bytes(128 << 10)), order=order)
        yield good(1, authz=[(1, bytes(150 << 10))], order=order)
        yield good(1, identity=(PRINCIPAL, bytes(128 << 10)), order=order)
    with Site(bench) as s:
        each(s, wrong)
        each(s, lambda order: [good(1, authz=[(0x4f4d0001, b'abc')], order=order)], 2, 'NO_PERMISSION')


def h19_padding(bench):
    def misplaced(order):
        token = gssup('alice', PASSWORD)
        four = Cdr(order, bytes([order == '<'])).put(2, 'h', 0)
        yield bytes(four.octets) + struct.pack(order + 'Q', 1) + bytes(four.octets[:0]) + \
            struct.pack(order + 'II', 0, 0) + bytes([1, 0, 0, 0]) + struct.pack(order + 'I', len(token)) + token
        whole = good(1, order=order)
        yield whole[:1] + whole[2:]
        yield whole[:4] + whole[6:]
    with Site(bench) as s:
        for line in s.everywhere():
            for pad in (0, 1, 0x55, 0xff):
                s.served(line.ask(good(1, order=line.order, pad=pad)), 1, True)
        for line in s.everywhere():
            for element in misplaced(line.order):
                with s.line(line.minor, line.order) as one:
                    refused(one.ask(element), None, exception=NO_MESSAGE)


def h20_booleans(bench):
    """2 is no boolean, but for listed peers; FALSE in the arm of Absent says nothing."""
    def wrong(order):
        yield bytes(body(order, 5, 1).put(1, 'B', 2).octets)
        yield bytes(body(order, 5, 1).put(1, 'B', 255).octets)
        yield good(1, identity=(0, 2), order=order)
        yield good(1, identity=(ANONYMOUS, 0x80), order=order)
    with Site(bench) as s:
        each(s, wrong)
        for line in s.everywhere():
            s.served(line.ask(good(1, identity=(0, 0), order=line.order)), 1, True)
    with Site(bench, '--quirk', 'booleans') as s, s.line() as line:
        s.served(line.ask(good(1, identity=(0, 2))), 1, True)
        s.served(line.ask(bytes(body('<', 5, 1).put(1, 'B', 2).octets)))
        lost(line.ask(in_context(1)), 1)


def h21_trailing(bench):
    def wrong(order):
        for more in (b'\0', bytes(8), b'\1' + in_context(1)):
            yield in_context(1, order=order) + more
            yield good(1, order=order) + more
    with Site(bench) as s:
        each(s, wrong)
    with Site(bench, '--quirk', 'trailing') as s, s.line() as line:
        s.served(line.ask(good(1) + bytes(8)), 1, True)
        s.served(line.ask(in_context(1) + b'\0'))


def h22_identities(bench):
    """Types that nobody offered; names that are none."""
    oid = b'\4\1' + struct.pack('>H', 8) + GSSUP
    names = [b'', b'\4', b'\4\1', b'\4\1\0\0', b'\4\1\0\0' + struct.pack('>I', 3) + b'bob', b'\4\1\xff\xff' + GSSUP,
             oid, oid + struct.pack('>I', 4) + b'bob', oid + struct.pack('>I', 2) + b'bob', oid + struct.pack('>I', 0),
             oid + struct.pack('>I', 0xffffffff) + b'bob', oid[1:] + struct.pack('>I', 3) + b'bob', exported(b'b\0b'),
             exported(b'b\xc3\x28'), exported('bob', b'\6\1'), b'\4\1\0\7' + GSSUP + struct.pack('>I', 3) + b'bob',
             exported('a' * 3000), b'bob']
    with Site(bench, '--trust', 'proxy') as s:
        for kind in (3, 16, 32, 5, 9, 0x80000000, 0xffffffff):
            each(s, lambda order, k=kind: [good(1, 'proxy', identity=(k, b'abc'), order=order)], 2, 'NO_PERMISSION')
        for line in s.everywhere():
            for name in names:
                with s.line(line.minor, line.order) as one:
                    refused(one.ask(good(1, 'proxy', identity=(PRINCIPAL, name), order=line.order)), 1, 1)
            s.served(line.ask(good(1, 'proxy', identity=(PRINCIPAL, exported('bob')))), 1, True, 'bob', 'proxy')
    with Site(bench) as s:  # none is offered
        for kind, content in ((PRINCIPAL, exported('bob')), (ANONYMOUS, 1), (CHAIN, b'0\0'), (DN, b'0\0')):
            each(s, lambda order, i=(kind, content): [good(1, identity=i, order=order)], 2, 'NO_PERMISSION')


def der(tag, content):
    return bytes([tag]) + length(len(content)) + content


def h23_chains(bench):
    """Certificates and names in DER: too many, cut, with something behind."""
    cn = der(0x30, der(0x31, der(0x30, bytes.fromhex('0603550403') + der(0x0c, b'bob'))))
    other = der(0x30, der(0x31, der(0x30, bytes.fromhex('0603550403') + der(0x0c, b'ca'))))
    algorithm = der(0x30, bytes.fromhex('06092a864886f70d01010b0500'))
    span = der(0x30, der(0x17, b'200101000000Z') + der(0x17, b'300101000000Z'))

    def certificate(subject, issuer):
        key = der(0x30, algorithm + der(0x03, b'\0abc'))
        return der(0x30, der(0x30, b'\xa0\3\2\1\2\2\1\1' + algorithm + issuer + span + subject + key) + algorithm +
                   der(0x03, b'\0abc'))
    mine, authority = certificate(cn, other), certificate(other, other)
    wrong = [(CHAIN, x) for x in (b'', b'\x30\0', der(0x30, mine) + b'\0', der(0x30, mine * 200), der(0x30, authority + mine),
                                  der(0x30, b'\x30\0' * 1000), b'\x30\x84\xff\xff\xff\xff' + mine, der(0x30, mine[:-1]),
                                  b'\x30\x80' + mine + b'\0\0', mine[:40], der(0x31, mine), bytes(3000))]
    wrong += [(DN, x) for x in (b'', b'\x30\0', cn + b'\0', cn[:-1], b'\x30\x84\xff\xff\xff\xff', der(0x30, cn * 300), bytes(99))]
    with Site(bench, '--trust', 'proxy') as s:
        for line in s.everywhere():
            for identity in wrong:
                with s.line(line.minor, line.order) as one:
                    refused(one.ask(good(1, 'proxy', identity=identity, order=line.order)), 1, 1)
            s.served(line.ask(good(1, 'proxy', identity=(CHAIN, der(0x30, mine + authority)))), 1, True, 'CN=bob', 'proxy')
            s.served(line.ask(good(2, 'proxy', identity=(DN, cn))), 2, True, 'CN=bob', 'proxy')


def h24_framing(bench):
    """RFC 2743 3.1, with lengths that lie: 1/1; another mechanism: 2/1."""
    inner = gssup_inner('alice', PASSWORD)
    rest = GSSUP + inner
    framing = [b'\x60\x80' + rest + b'\0\0', b'\x60\x84\xff\xff\xff\xff' + rest, b'\x60' + length(len(rest) + 1) + rest,
               b'\x60' + length(len(rest) - 1) + rest, b'\x60\x85\0\0\0\0' + bytes([len(rest)]) + rest, b'\x61' + framed(inner)[1:],
               b'\x60', b'\x60\0', b'\x60\1\6', inner, bytes(60), framed(inner) + b'\0', b'\x60\x82\0', b'\x60\xff' + rest]
    other = [framed(inner, KERBEROS), framed(inner, bytes.fromhex('06062b0601050502')), framed(b'ltpa', bytes.fromhex('06022a03')),
             framed(inner, bytes.fromhex('0606678102010102'))]
    with Site(bench) as s:
        each(s, lambda order: [establish(1, t, order=order) for t in framing], 1, 'NO_PERMISSION')
        each(s, lambda order: [establish(1, t, order=order) for t in other], 2, 'NO_PERMISSION')
        for line in s.everywhere():  # more octets of length than are needed
            for head in (b'\x81' + bytes([len(rest)]), b'\x82\0' + bytes([len(rest)]), b'\x84\0\0\0' + bytes([len(rest)])):
                s.served(line.ask(establish(0, b'\x60' + head + rest, order=line.order)), 0, False)


def h25_inner_order(bench):
    """The token has its own byte order, and its own alignment."""
    with Site(bench) as s:
        for line in s.everywhere():
            for order in '<>':
                s.served(line.ask(establish(0, gssup('alice', PASSWORD, order=order), order=line.order)), 0, False)
        for shift in (1, 2, 3):  # as if it were aligned to what is around it
            c = Cdr('<', bytes(shift) + b'\1')
            for part in (b'alice', PASSWORD.encode(), exported('default')):
                c.run(part)
            with s.line() as one:
                refused(one.ask(establish(1, framed(bytes(c.octets[shift:])))), 1, 1)


def h26_text(bench):
    """NUL, what is no UTF-8, nothing at all, and far too much. An empty password is one that is wrong."""
    users = [b'', b'alice\0', b'\0', b'al\0ice', b'\xff\xfe', b'\xc0\xaf', b'\xed\xa0\x80', b'a' * 5000, b'alice@', b'@', b'\\',
             b'alice\\']
    passwords = [b'', b'\0', PASSWORD.encode() + b'\0', b'\xff', b'x' * 5000, b'x' * 60000, PASSWORD.encode()[:-1]]
    with Site(bench) as s:
        for line in s.everywhere():
            for user in users:
                with s.line(line.minor, line.order) as one:
                    answer = one.ask(establish(1, gssup(user, OTHER), order=line.order))
                    refused(answer, 1, 1, tokens=UNSPECIFIED)
            with s.line(line.minor, line.order) as one:  # 1 MiB is more than a message may have
                one.request(establish(1, gssup('alice', b'x' * (1 << 20)), order=line.order))
                one.ended()
    for password in passwords:
        with Site(bench) as s:
            for line in s.everywhere():
                refused(line.ask(establish(1, gssup('alice', password), order=line.order)), 1, 1, tokens=UNSPECIFIED)
                lost(line.ask(in_context(1)), 1)


def h27_target(bench):
    wrong = [exported('elsewhere'), exported('Default'), exported('default', KERBEROS), exported('default') + b'\0', b'default',
             exported('defaul'), b'\xff' * 40, exported('')]
    with Site(bench) as s:
        for line in s.everywhere():
            for target in [*wrong, b'']:
                with s.line(line.minor, line.order) as one:
                    refused(one.ask(establish(1, gssup('alice', PASSWORD, target), order=line.order)), 1, 1, tokens=UNSPECIFIED)
            break  # more would bar alice
    with Site(bench, '--empty-target') as s, s.line() as line:
        s.served(line.ask(establish(1, gssup('alice', PASSWORD, b''))), 1, True)
        refused(line.ask(establish(2, gssup('alice', PASSWORD, exported('elsewhere')))), 1, 2)


def h32_assertions(bench):
    """Who may not speak for others does not, and who asserts nobody is nobody."""
    bob = (PRINCIPAL, exported('bob'))
    with Site(bench, '--trust', 'proxy') as s:
        for line in s.everywhere():
            refused(line.ask(good(1, identity=bob, order=line.order)), 1, 1)
            refused(line.ask(establish(1, identity=bob, order=line.order)), 1, 1)  # nobody speaks for bob
            refused(line.ask(establish(1, identity=(ANONYMOUS, 1), order=line.order)), 1, 1)
            refused(line.ask(establish(1, order=line.order)), 1, 1)
            refused(line.ask(good(1, identity=(ANONYMOUS, 1), order=line.order)), 1, 1)  # nobody is not let in
            lost(line.ask(in_context(1)), 1)
    with Site(bench, '--trust', 'proxy', '--allow', '*', '--allow', 'anonymous') as s:
        for line in s.everywhere():
            s.served(line.ask(good(1, identity=(ANONYMOUS, 1), order=line.order)), 1, True, '', 'alice', told=False)
            caller = s.peer.asked[-1].caller()
            need(caller[0] in ('', 'anonymous') and caller[1] == 'alice', 'the ORB was told', caller)
            refused(line.ask(good(2, identity=bob, order=line.order)), 1, 2)
            s.served(line.ask(), caller='', told=False)  # no context at all: nobody, and policy lets nobody in
            need('alice' not in s.peer.asked[-1].caller(), 'the ORB was told', s.peer.asked[-1].caller())
            refused(line.ask(establish(3, identity=bob, order=line.order)), 1, 3)


def h07_no_context_at_all(bench):
    """A request without context 15 behind a good one is nobody's, not the last caller's."""
    with Site(bench) as s:
        for line in s.everywhere():
            s.served(line.ask(good(1)), 1, True)
            refused(line.ask(), 0)
            line.send(request(line.minor, line.order, 90, [(14, in_context(1)), (SAS + 256, in_context(1))]))
            refused(line.answer(), 0)


CELLS = [h07_no_context_at_all, h13_discriminators, h14_byte_order, h15_too_short, h17_lengths, h17_inside_gssup, h18_bombs,
         h19_padding, h20_booleans, h21_trailing, h22_identities, h23_chains, h24_framing, h25_inner_order, h26_text, h27_target,
         h32_assertions]
