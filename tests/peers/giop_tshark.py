#!/usr/bin/python3
"""Messages of GIOP that our codec wrote and rewrote, before tshark's dissector: nothing malformed, values as written.

usage: giop_tshark.py GIOP_MESSAGES     prints how many messages and pieces were judged; 77: tshark is not installed
"""
import collections
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile

PORT = 20683
FIELDS = ['tcp.srcport', 'giop.type', 'giop.minor_version', 'giop.iiop.sc.scid', 'giop.request_id', 'giop.exceptionid',
          '_ws.malformed', '_ws.expert.message']


def checksum(data):
    total = sum(struct.unpack(f'>{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def packet(source, payload, number):
    """One TCP segment from the source port, in a connection of its own."""
    tcp = struct.pack('>HHIIBBHHH', source, PORT, number, 1, 5 << 4, 0x18, 65535, 0, 0)
    head = struct.pack('>BBHHHBBH4s4s', 0x45, 0, 40 + len(payload), 1, 0, 64, 6, 0, b'\x7f\0\0\1', b'\x7f\0\0\1')
    head = head[:10] + struct.pack('>H', checksum(head)) + head[12:]
    return head + tcp + payload


def capture(path, runs):
    """Each run of octets as one segment of one connection of raw IP."""
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xA1B2C3D4, 2, 4, 0, 0, 262144, 101))
        for i, run in enumerate(runs):
            data = packet(1024 + i, run, 1)
            f.write(struct.pack('<IIII', i, 0, len(data), len(data)) + data)


def dissect(runs):
    """A dictionary of fields for each run."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, 'giop.pcap')
        capture(path, runs)
        command = ['tshark', '-r', path, '-d', f'tcp.port=={PORT},giop', '-T', 'json']
        for field in FIELDS:
            command += ['-e', field]
        out = subprocess.run(command, capture_output=True, text=True, timeout=100,
                             env=dict(os.environ, HOME=folder)).stdout
    return [p['_source']['layers'] for p in json.loads(out)]


def complaint(row, kind, minor, types):
    """What is wrong with a dissection, or None."""
    if '_ws.malformed' in row:
        return 'malformed'
    if [int(t, 0) for t in row.get('giop.type', [])] != types:
        return f'types {row.get("giop.type")} instead of {types}'
    if any(int(m, 0) != minor for m in row.get('giop.minor_version', [])):
        return f'version {row.get("giop.minor_version")}'
    ids = [int(i, 0) for i in row.get('giop.iiop.sc.scid', [])]
    if types[0] in (0, 1) and 15 not in ids:
        return f'context 15 is not seen: {row}'
    return None


def messages(run):
    """The message types of a run of octets."""
    types = []
    while run:
        size = struct.unpack('<I' if run[6] & 1 else '>I', run[8:12])[0]
        types.append(run[7])
        run = run[12 + size:]
    return types


def joined(run):
    """The pieces of a message of 1.2 as one, by the text [CORBA 15.4.9]: this tshark looks at each piece alone."""
    order, whole, pieces = '<I' if run[6] & 1 else '>I', b'', 0
    while run:
        size, more = struct.unpack(order, run[8:12])[0] + 12, run[6] & 2
        piece, run = run[:size], run[size:]
        if bool(more) != bool(run) or (more and size % 8) or (pieces and (piece[7] != 7 or piece[12:16] != whole[12:16])):
            sys.exit(f'piece {pieces}: {piece.hex()}')
        whole += piece[16:] if pieces else piece
        pieces += 1
    if pieces < 2:
        sys.exit('not in pieces')
    return whole[:6] + bytes([whole[6] & 1, whole[7]]) + struct.pack(order, len(whole) - 12) + whole[12:]


def main(program):
    if not shutil.which('tshark'):
        print('tshark is not installed')
        sys.exit(77)
    lines = subprocess.run([program], capture_output=True, text=True, check=True, timeout=20).stdout.splitlines()
    rows = [(kind, int(minor), int(n), bytes.fromhex(octets))
            for kind, minor, _, n, octets in (line.split() for line in lines)]
    rows = [(kind, minor, n, joined(run) if kind == 'pieces' else run) for kind, minor, n, run in rows]
    runs = [row[3] for row in rows]
    if len(rows) < 250:
        sys.exit(f'only {len(rows)} messages')
    seen = dissect(runs)
    if len(seen) != len(runs):
        sys.exit(f'{len(runs)} runs, {len(seen)} dissected')
    for (kind, minor, n, run), row in zip(rows, seen, strict=True):
        wrong = complaint(row, kind, minor, messages(run))
        if wrong:
            sys.exit(f'{kind} 1.{minor}, context of {n} octets: {wrong}\n{run.hex()}')
    # Proof that the judge looks: a context's length that lies.
    at = runs[0].find(struct.pack('>I', 15)) + 4
    if '_ws.malformed' not in dissect([runs[0][:at] + b'\0\0\xff\xff' + runs[0][at + 4:]])[0]:
        sys.exit('the judge did not see a length that lies')
    count = collections.Counter(kind for kind, *_ in rows)
    print(', '.join(f'{n} {kind}' for kind, n in sorted(count.items())), '- none malformed')


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
