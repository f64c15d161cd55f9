"""What went over the wire, seen by neither peer: a recording relay, the handshake frames in it, and tshark's judgement."""
import os
import socket
import struct
import subprocess
import threading

DONE, ERROR, IN_PROGRESS = 0x14, 0x15, 0x16
SPNEGO = bytes.fromhex('06062b0601050502')
KERBEROS = (bytes.fromhex('06092a864886f712010202'), bytes.fromhex('06092a864882f712010202'))  # RFC 4121's and its slip
NTLM = bytes.fromhex('060a2b06010401823702020a')
NTLMSSP = b'NTLMSSP\0'
KEEP = 300_000  # octets of each direction that are kept; enough for every handshake and some data


class Relay:
    """Listen on a free port, pass one connection on to target, and keep what passed, in order: [(from_client, octets)]."""

    def __init__(self, target):
        self.target, self.log, self.kept, self.lock = target, [], {True: 0, False: 0}, threading.Lock()
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        try:
            client, _ = self.listener.accept()
            server = socket.create_connection(self.target)
        except OSError:
            return
        for s in (client, server):
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=self.pass_on, args=(client, server, True), daemon=True).start()
        self.pass_on(server, client, False)

    def pass_on(self, source, sink, from_client):
        try:
            while octets := source.recv(65536):
                with self.lock:
                    if self.kept[from_client] < KEEP:
                        self.log.append((from_client, octets))
                        self.kept[from_client] += len(octets)
                sink.sendall(octets)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            for s in (source, sink):
                s.close()

    def close(self):
        self.listener.close()


def handshake(log, skip=0):
    """The handshake frames in order: [(from_client, id, payload)]. skip: octets of a preamble in each direction, a dict."""
    rest = {True: b'', False: b''}
    left = dict(skip) if skip else {True: 0, False: 0}
    frames = []
    for from_client, octets in log:
        cut = min(left[from_client], len(octets))
        left[from_client] -= cut
        rest[from_client] += octets[cut:]
        while len(rest[from_client]) >= 5:
            kind, size = rest[from_client][0], struct.unpack('>H', rest[from_client][3:5])[0]
            if len(rest[from_client]) < 5 + size:
                break
            frames.append((from_client, kind, rest[from_client][5:5 + size]))
            rest[from_client] = rest[from_client][5 + size:]
            if kind == ERROR or (kind == DONE and not from_client):
                return frames
    return frames


def flavour(frames):
    """How the client authenticated, told from the octets: spnego-kerberos, spnego-ntlm, raw-ntlm, raw-kerberos or ?"""
    tokens = [p for from_client, kind, p in frames if from_client and kind != ERROR]
    if not tokens:
        return '?'
    first = tokens[0]
    if first.startswith(NTLMSSP):
        return 'raw-ntlm'
    if not first.startswith(b'\x60'):
        return '?'
    head = first[:16]
    if any(k in head for k in KERBEROS):
        return 'raw-kerberos'
    if SPNEGO not in head:
        return '?'
    if any(NTLMSSP in t for t in tokens):
        return 'spnego-ntlm'
    offered = first[:64]
    return 'spnego-kerberos' if any(k in offered for k in KERBEROS) else '?'


def undecoded(seen, by):
    """What tshark should have found in the tokens of a whole handshake and did not."""
    want = {'raw-ntlm': {'ntlmssp', 1, 2, 3}, 'spnego-ntlm': {'spnego', 'ntlmssp', 1, 2, 3},
            'spnego-kerberos': {'spnego', 'spnego-krb5'}}[by]
    return want - seen['tokens']


def error_code(frames):
    """The payload of the handshake's error frame as hex, or ''."""
    return ''.join(p.hex() for _, kind, p in frames if kind == ERROR)


PREAMBLE = b'\x00\x01\x00\x01\x02\x02\x12net.tcp://x:1/abcd\x03\x08\x09\x15application/negotiate'


def write_pcap(path, log, upgrade):
    """A capture of the conversation; upgrade puts a net.tcp preamble in front, which is how tshark gets to ms-nns."""
    if upgrade:
        log = [(True, PREAMBLE), (False, b'\x0a')] + list(log)
    seq = {True: 1, False: 1}
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        t = 0

        def packet(from_client, flags, data):
            nonlocal t
            a, b = (50000, 808) if from_client else (808, 50000)
            ack = seq[not from_client]
            tcp = struct.pack('>HHIIBBHHH', a, b, seq[from_client], ack, 0x50, flags, 65535, 0, 0) + data
            ip = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 20 + len(tcp), 0, 0, 64, 6, 0,
                             bytes([127, 0, 0, 1 + (not from_client)]), bytes([127, 0, 0, 1 + from_client]))
            f.write(struct.pack('<IIII', t // 1000, t % 1000 * 1000, len(ip + tcp), len(ip + tcp)) + ip + tcp)
            seq[from_client] += len(data)
            t += 1
        seq[True], seq[False] = 0, 0
        packet(True, 0x02, b'')
        seq[True] = 1
        packet(False, 0x12, b'')
        seq[False] = 1
        for from_client, octets in log:
            for at in range(0, len(octets), 30000):
                packet(from_client, 0x18, octets[at:at + 30000])


def judge(path):
    """tshark's view: what it saw, and complaints. tokens: the layers it found in handshake messages, and NTLM's types."""
    fields = ['ms-nns.message_id', 'ms-nns.payload_size', 'mc-nmf.record_type', '_ws.malformed', '_ws.expert.message',
              'frame.protocols', 'ntlmssp.messagetype']
    args = ['tshark', '-n', '-r', path, '-d', 'tcp.port==808,mc-nmf', '-o', 'tcp.check_checksum:FALSE', '-T', 'fields',
            '-E', 'separator=;']
    for field in fields:
        args += ['-e', field]
    env = dict(os.environ, HOME=os.path.dirname(path) or '.')
    out = subprocess.run(args, capture_output=True, text=True, timeout=120, env=env)
    rows = [line.split(';') for line in out.stdout.splitlines()]
    seen = {'handshake': 0, 'data': 0, 'records': 0}
    complaints, tokens = [], set()
    for row in rows:
        if len(row) != len(fields):
            continue
        tokens |= {x for x in row[5].split(':') if x in ('ntlmssp', 'spnego', 'spnego-krb5')}
        tokens |= {int(x, 16) for x in row[6].split(',') if x}
        for key, cell in zip(seen, row):
            seen[key] += len([x for x in cell.split(',') if x])
        if row[3] or 'alformed' in row[4]:
            complaints.append(row[4] or row[3])
    seen['tokens'] = tokens
    return seen, complaints + ([out.stderr.strip()] if out.returncode else [])
