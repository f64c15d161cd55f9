"""The net.tcp cells: the .NET peer speaks [MC-NMF] over NegotiateStream, troth stands on the other side."""
import os
import socket
import subprocess
import threading

import wire
from peers import Program, fact, need, sanitizer

PAYLOADS = [1, 127, 128, 65535, 64513, 1024 * 1024]
VERSION, MODE, VIA, ENCODING, SIZED, END, UPGRADE, ACK, PREAMBLE_END = 0, 1, 2, 3, 6, 7, 9, 11, 12
SIGNATURE = b'\r\n\r\n\0\r\nQUIT\n'


class Backend:
    """A plain net.tcp service for one connection: what came before its first envelope is kept, envelopes are echoed."""

    def __init__(self, proxy):
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.records, self.proxy, self.trouble = [], b'', None
        self.wants_proxy, self.ended = proxy, False
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        try:
            self.conn, _ = self.listener.accept()
            self.file = self.conn.makefile('rb')
            if self.wants_proxy:
                head = self.file.read(16)
                need(head[:12] == SIGNATURE and head[12] == 0x21, 'no PROXY v2 header:', head.hex())
                self.proxy = self.file.read(int.from_bytes(head[14:16], 'big'))
            while self.record():
                pass
            self.ended = True
            self.conn.shutdown(socket.SHUT_RDWR)
        except Exception as e:  # told by the cell, which waits for trouble or the end
            self.trouble = repr(e)

    def size(self):
        n = shift = 0
        while True:
            b = self.file.read(1)[0]
            n |= (b & 0x7f) << shift
            if b < 0x80:
                return n
            shift += 7

    def record(self):
        kind = self.file.read(1)
        if not kind:
            return False
        body = b''
        if kind[0] in (VIA, UPGRADE, SIZED):
            body = self.file.read(self.size())
        elif kind[0] == VERSION:
            body = self.file.read(2)
        elif kind[0] in (MODE, ENCODING):
            body = self.file.read(1)
        self.records.append((kind[0], body if kind[0] != SIZED else b''))
        if kind[0] == PREAMBLE_END:
            self.conn.sendall(bytes([ACK]))
        elif kind[0] == SIZED:
            out, n = bytearray([SIZED]), len(body)
            while n >= 0x80:
                out.append(n & 0x7f | 0x80)
                n >>= 7
            self.conn.sendall(bytes(out) + bytes([n]) + body)
        elif kind[0] == END:
            self.conn.sendall(bytes([END]))
        return True


def expect_wire(run, relay):
    """The handshake's mechanism behind the preamble, and tshark's view of the whole."""
    need(relay.log, 'nothing was sent')
    up = b''.join(o for c, o in relay.log if c)
    mark = up.find(wire.PREAMBLE[-23:])
    need(mark > 0, 'no upgrade request on the wire')
    frames = wire.handshake(relay.log, {True: mark + 23, False: 1})
    need(wire.flavour(frames) == run.cell['by'], 'the tokens on the wire are', wire.flavour(frames))
    path = run.log.removesuffix('.log') + '.pcap'
    wire.write_pcap(path, relay.log, False)
    seen, complaints = wire.judge(path)
    need(not complaints, 'tshark:', complaints[:3])
    need(not wire.undecoded(seen, run.cell['by']), 'tshark could not decode', wire.undecoded(seen, run.cell['by']))
    need(seen['records'] >= 6 and seen['handshake'] >= 2, 'tshark saw', seen)


def run_in(run, context_line):
    """A .NET client against `troth serve net.tcp`, which echoes, or carries the records to a plain backend."""
    backend = Backend('--proxy-protocol' in run.cell.get('serve', '')) if 'backend' in run.cell else None
    serve = run.serve('net.tcp', ['--backend', f'127.0.0.1:{backend.port}'] if backend else ['--echo'])
    try:
        relay = wire.Relay(('127.0.0.1', serve.port()))
        client = run.dotnet_client(relay.port, PAYLOADS, program=run.args.nettcp)
    finally:
        code = serve.stop()
    need(not sanitizer(serve.errors), 'sanitizer:', sanitizer(serve.errors)[:2])
    need(code == 0, 'troth serve ended with', code, serve.errors[-2:])
    objects = client.objects()
    need(not fact(objects, 'failed'), '.NET failed:', fact(objects, 'failed'))
    run.expect_dotnet(fact(objects, 'authenticated'), False)
    echoes = [o for o in objects if o['event'] == 'echo']
    need([e['size'] for e in echoes] == PAYLOADS and all(e['same'] for e in echoes), 'echoes:', echoes)
    need(fact(objects, 'end'), 'no End record came back')
    run.expect_ours(context_line(serve.objects()))
    expect_wire(run, relay)
    if not backend:
        return
    need(not backend.trouble and backend.ended, 'backend:', backend.trouble or 'it saw no end')
    kinds = [k for k, _ in backend.records]
    need(kinds == [VERSION, MODE, VIA, ENCODING, PREAMBLE_END] + [SIZED] * len(PAYLOADS) + [END],
         'the backend got the records', kinds)
    need(backend.records[2][1].endswith(b'/Echo'), 'the backend got via', backend.records[2][1])
    if backend.wants_proxy:
        at = backend.proxy.find(b'\xe0')
        need(at >= 0 and run.identity().encode() in backend.proxy[at:], 'no identity in TLV 0xE0:', backend.proxy.hex())


def run_out(run):
    """`troth connect net.tcp --envelope` against a .NET server."""
    server = Program([run.args.nettcp, 'server', '0', '--level', run.need_level, '--impersonation', run.need_imp],
                     dict(os.environ), run.log)
    try:
        relay = wire.Relay(('127.0.0.1', server.port()))
        args = run.connect_args('net.tcp', relay.port) + ['--envelope', '--via', 'net.tcp://localhost:4711/Echo']
        body = os.urandom(300_000)
        done = subprocess.run(args, input=body, capture_output=True, timeout=60)
        server.proc.wait(20)
    finally:
        server.stop()
    said = done.stderr.decode(errors='replace')
    need(not sanitizer(said.splitlines()), 'sanitizer:', sanitizer(said.splitlines())[:2])
    need(done.returncode == 0, 'troth connect ended with', done.returncode, said[-300:])
    need(done.stdout == body, 'the envelope that came back differs:', len(done.stdout), 'octets')
    objects = server.objects()
    need(not fact(objects, 'failed'), '.NET failed:', fact(objects, 'failed'))
    run.expect_dotnet(fact(objects, 'authenticated'), True)
    end = fact(objects, 'end')
    need(end and end['via'] == 'net.tcp://localhost:4711/Echo' and end['octets'] == len(body), '.NET saw', end)
    expect_wire(run, relay)
