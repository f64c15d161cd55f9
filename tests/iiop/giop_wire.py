"""GIOP by hand: big-endian requests in fragments of every size, and what went over the wire before tshark's dissector."""
import io
import json
import os
import shutil
import socket
import struct
import subprocess
import tempfile

PORT = 20683
REQUEST, REPLY, LOCATE_REQUEST, LOCATE_REPLY, MESSAGE_ERROR, FRAGMENT = 0, 1, 3, 4, 6, 7
SAS, CALLER = 15, 0xfffff075  # service contexts: ours to take out, ours to add
MORE = 2


def need(truth, *what):
    if not truth:
        raise AssertionError(' '.join(str(w) for w in what))


# ---- writing, big-endian ----

class Out:
    def __init__(self, octets=b''):
        self.octets = bytearray(octets)

    def put(self, size, form, *values):
        self.octets += bytes(-len(self.octets) % size) + struct.pack('>' + form, *values)

    def run(self, octets):
        self.put(4, 'I', len(octets))
        self.octets += octets

    def text(self, text):
        self.run(text.encode() + b'\0')


STRANGE = (0x54524f54, b'abcde')  # a service context that nobody knows, of an odd length


def request(minor, number, key, operation, arguments, locate=False, context=STRANGE):
    """A whole message; `arguments` writes into the stream."""
    o = Out(struct.pack('>4sBBBBI', b'GIOP', 1, minor, 0, LOCATE_REQUEST if locate else REQUEST, 0))
    if minor < 2 and not locate:
        o.put(4, 'I', 1)
        o.put(4, 'I', context[0])
        o.run(context[1])
    o.put(4, 'I', number)
    if not locate:
        o.put(1, 'B', 3 if minor == 2 else 1)
        if minor:
            o.octets += bytes(3)
    if minor == 2:
        o.put(2, 'H', 0)
    o.run(key)
    if not locate:
        o.text(operation)
        if minor < 2:
            o.run(b'')
        else:
            o.put(4, 'I', 1)
            o.put(4, 'I', context[0])
            o.run(context[1])
            if arguments:
                o.octets += bytes(-len(o.octets) % 8)
        if arguments:
            arguments(o)
    o.octets[8:12] = struct.pack('>I', len(o.octets) - 12)
    return bytes(o.octets)


def cut(message, piece):
    """A message of 1.1 or 1.2 in fragments of `piece` octets of its own, a multiple of 8: alignment goes on over the cuts."""
    minor = message[5]
    if minor == 0 or len(message) <= piece + 16:
        return [message]
    first = message[:(16 if minor == 2 else 12) + piece]
    pieces = [first[:6] + bytes([MORE]) + first[7:8] + struct.pack('>I', len(first) - 12) + first[12:]]
    rest, number = message[len(first):], message[12:16]
    while rest:
        part, rest = rest[:piece], rest[piece:]
        body = (number if minor == 2 else b'') + part
        pieces.append(struct.pack('>4sBBBBI', b'GIOP', 1, minor, MORE if rest else 0, FRAGMENT, len(body)) + body)
    return pieces


# ---- reading, either order ----

class In:
    def __init__(self, octets, at, order):
        self.octets, self.at, self.order = octets, at, order

    def get(self, size, form):
        self.at += -self.at % size
        need(self.at + struct.calcsize(form) <= len(self.octets), 'a message that ends too early')
        values = struct.unpack_from(self.order + form, self.octets, self.at)
        self.at += struct.calcsize(form)
        return values[0]

    def run(self):
        n = self.get(4, 'I')
        need(self.at + n <= len(self.octets), 'a run that does not fit')
        self.at += n
        return self.octets[self.at - n:self.at]

    def text(self):
        return self.run().rstrip(b'\0').decode()


def message_from(read):
    """One whole message, fragments put together."""
    head = read(12)
    need(head[:4] == b'GIOP', 'no GIOP:', head)
    order = '<' if head[6] & 1 else '>'
    body = read(struct.unpack(order + 'I', head[8:])[0])
    more = head[5] and head[6] & MORE
    while more:
        nxt = read(12)
        need(nxt[7] == FRAGMENT, 'not a fragment:', nxt)
        part = read(struct.unpack(order + 'I', nxt[8:])[0])
        body += part[4:] if head[5] == 2 else part
        more = nxt[6] & MORE
    return head + body, order


def reply_of(message, order):
    """(number, status, stream of the body)"""
    minor, r = message[5], In(message, 12, order)

    def contexts():
        for _ in range(r.get(4, 'I')):
            need(r.get(4, 'I') not in (SAS, CALLER), 'a context that is not for us')
            r.run()
    if minor < 2:
        contexts()
    number, status = r.get(4, 'I'), r.get(4, 'I')
    if minor == 2:
        contexts()
        r.at += -r.at % 8
    return number, status, r


class Wire:
    def __init__(self, port, host='127.0.0.1'):
        self.socket = socket.create_connection((host, port), timeout=20)
        self.number, self.context = 0, STRANGE

    def read(self, n):
        got = bytearray()
        while len(got) < n:
            part = self.socket.recv(n - len(got))
            need(part, 'the connection ended')
            got += part
        return bytes(got)

    def call(self, minor, key, operation, arguments=None, piece=None, locate=False):
        self.number += 1
        message = request(minor, self.number, key, operation, arguments, locate, self.context)
        for part in cut(message, piece) if piece else [message]:
            self.socket.sendall(part)
        answer, order = message_from(self.read)
        need(answer[5] == minor, f'an answer of 1.{answer[5]} to 1.{minor}')
        if locate:
            need(answer[7] == LOCATE_REPLY, 'an answer of type', answer[7])
            r = In(answer, 12, order)
            return r.get(4, 'I'), r.get(4, 'I'), r
        need(answer[7] == REPLY, 'an answer of type', answer[7])
        number, status, r = reply_of(answer, order)
        need(number == self.number, f'an answer to {number}, not {self.number}')
        return number, status, r


def object_key(reference):
    octets = bytes.fromhex(reference[4:])
    r = In(octets, 4, '<' if octets[0] else '>')
    r.run()
    need(r.get(4, 'I') >= 1 and r.get(4, 'I') == 0, 'no IIOP profile first')
    data = r.run()
    p = In(data, 3, '<' if data[0] else '>')
    p.text()
    p.get(2, 'H')
    return p.run()


def raw_calls(port, reference, caller):
    """Requests in the order that the ORB itself never uses, whole and in pieces."""
    key = object_key(reference)
    for minor in (0, 1, 2):
        wire = Wire(port)
        _, status, r = wire.call(minor, key, 'caller')
        need(status == 0, 'status', status)
        words = [r.text() for _ in range(3)]
        need('caller=%s authenticated=%s mech=%s' % tuple(words) == caller, words)
        for piece in (None, 8, 16, 24, 40, 64, 200, 1024):
            if piece and minor == 0:
                continue
            for n in (0, 1, 7, 8, 9, 300 if piece == 8 else 500):  # our cap is 64 cuts in 1.1
                data = bytes(i * 5 & 255 for i in range(n))
                _, status, r = wire.call(minor, key, 'echo', lambda o, d=data: o.run(d), piece)
                need(status == 0 and r.run() == data, f'echo of {n} in 1.{minor}, pieces of {piece}: status {status}')
                if piece and minor == 1:
                    continue  # omniORB closes where a double is cut in 1.1, with or without us

                def mixed(o, n=n):
                    o.put(1, 'B', n % 100)
                    o.put(8, 'd', 0.5)
                    o.text('y' * n)
                    o.put(8, 'q', 7)
                _, status, r = wire.call(minor, key, 'mixed', mixed, piece)
                need(status == 0 and r.get(8, 'd') == n % 100 + 0.5 and r.text() == 'y' * n + '7',
                     f'mixed of {n} in 1.{minor}, pieces of {piece}: status {status}')
        _, status, _ = wire.call(minor, key, '', locate=True)
        need(status == 1, 'OBJECT_HERE is 1, came', status)
        wire.socket.close()


# ---- tshark ----

def packet(from_client, client, seq, ack, data):
    ports = (client, PORT) if from_client else (PORT, client)
    tcp = struct.pack('>HHIIBBHHH', *ports, seq & 0xffffffff, ack & 0xffffffff, 5 << 4, 0x18, 65535, 0, 0)
    addresses = b'\x7f\0\0\x02\x7f\0\0\x01' if from_client else b'\x7f\0\0\x01\x7f\0\0\x02'
    return struct.pack('>BBHHHBBH', 0x45, 0, 40 + len(data), 0, 0, 64, 6, 0) + addresses + tcp + data


def write_pcap(path, connections):
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 0x40000, 101))
        number = 0
        for i, chunks in enumerate(connections):
            at = {True: 1, False: 1}
            for outward, octets in chunks:
                for k in range(0, len(octets), 16384):
                    part = octets[k:k + 16384]
                    p = packet(outward, 1024 + i, at[outward], at[not outward], part)
                    at[outward] += len(part)
                    number += 1
                    f.write(struct.pack('<IIII', number, 0, len(p), len(p)) + p)


FIELDS = ['giop.type', 'giop.iiop.sc.scid', '_ws.malformed', '_ws.expert.message', '_ws.expert.severity']


def joined(connections):
    """The same with fragments put together: tshark takes a header that goes on in a fragment for malformed, whoever cut it."""
    whole = []
    for chunks in connections:
        messages = []
        for side in (True, False):
            rest = io.BytesIO(b''.join(o for outward, o in chunks if outward == side))
            while rest.tell() < len(rest.getbuffer()):
                message, order = message_from(rest.read)
                messages.append((side, message[:6] + bytes([message[6] & ~MORE]) + message[7:8] +
                                 struct.pack(order + 'I', len(message) - 12) + message[12:]))
        whole.append(messages)
    return whole


def judge(connections, version, mode):
    """No malformed frame; service context 15 on both sides of the gateways' wire. Silent where tshark is missing: the
    test of the codec says so aloud."""
    connections = [c for c in connections if c]
    need(connections, 'nothing went over the wire')
    if not shutil.which('tshark'):
        return
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'wire.pcap')
        write_pcap(path, connections)
        words = ['tshark', '-r', path, '-n', '-d', f'tcp.port=={PORT},giop', '-o', 'tcp.check_checksum:FALSE', '-Y', 'giop',
                 '-T', 'json']
        for field in FIELDS:
            words += ['-e', field]
        done = subprocess.run(words, capture_output=True, text=True, timeout=200, check=False,
                              env={**os.environ, 'HOME': folder})
    rows = [p['_source']['layers'] for p in json.loads(done.stdout)]
    bad = [r for r in rows if '_ws.malformed' in r or '8388608' in r.get('_ws.expert.severity', [])]
    need(not bad, f'{len(bad)} frames of {len(rows)} are malformed:', bad[:2])
    seen = sum(r.get('giop.iiop.sc.scid', []).count('0x0000000f') + r.get('giop.iiop.sc.scid', []).count('15')
               for r in rows)
    need(seen >= 2, f'tshark sees {seen} service contexts 15 in {len(rows)} frames, {version} {mode}')
