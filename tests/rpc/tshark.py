#!/usr/bin/python3
"""Octets of DCE/RPC connections before tshark's dissector: no malformed frame, no expert's error, and the fields it sees.

usage: tshark.py FILE [FIELD...]    FILE is a capture, or text: a line "> HEX" for octets of the client, "< HEX" of the
                                    server, "= ..." begins another connection, "#" a comment
       tshark.py --self-test        a sound connection passes, damaged ones do not

Prints a line for each frame with DCE/RPC in it: the fields, by default those of DEFAULT below. Exit 1: something is
malformed; 77: tshark is not installed.
"""
import os
import shutil
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from cases import Cases, missing, need  # noqa: E402

DEFAULT = ('dcerpc.pkt_type', 'dcerpc.cn_call_id', 'dcerpc.cn_flags', 'dcerpc.cn_frag_len', 'dcerpc.cn_auth_len',
           'dcerpc.auth_type', 'dcerpc.auth_level', 'dcerpc.auth_pad_len', 'dcerpc.auth_ctx_id', 'dcerpc.opnum',
           'dcerpc.cn_status')
PORT, CLIENT = 135, 40000
SEGMENT = 16384
# Its reading of dssetup's union at level 3 differs from Samba's and ours (README.md); what is in stubs is others' concern.
WITHOUT = ('dssetup',)
ALL_STUBS = ('epm', 'mgmt', 'lsarpc', 'dssetup', 'rpc_netlogon', 'rpcecho')  # for clients that send stubs which are wrong


def checksum_free_packet(from_client, client_port, seq, ack, flags, data):
    """IPv4 and TCP around octets; checksums are not looked at."""
    ports = (client_port, PORT) if from_client else (PORT, client_port)
    tcp = struct.pack('>HHIIBBHHH', *ports, seq & 0xffffffff, ack & 0xffffffff, 5 << 4, flags, 65535, 0, 0)
    addresses = (b'\x7f\0\0\x02', b'\x7f\0\0\x01') if from_client else (b'\x7f\0\0\x01', b'\x7f\0\0\x02')
    ip = struct.pack('>BBHHHBBH', 0x45, 0, 40 + len(data), 0, 0, 64, 6, 0) + b''.join(addresses)
    return ip + tcp + data


def write_pcap(path, connections):
    """connections: lists of (from_client, octets), in the order in which they went over the wire."""
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 0x40000, 101))  # raw IP
        number = 0
        for i, chunks in enumerate(connections):
            at = {True: 1, False: 1}
            packets = [checksum_free_packet(True, CLIENT + i, 0, 0, 2, b''),
                       checksum_free_packet(False, CLIENT + i, 0, 1, 0x12, b'')]
            for from_client, octets in chunks:
                for k in range(0, len(octets), SEGMENT):
                    part = octets[k:k + SEGMENT]
                    packets.append(checksum_free_packet(from_client, CLIENT + i, at[from_client], at[not from_client],
                                                        0x18, part))
                    at[from_client] += len(part)
            for p in packets:
                number += 1
                f.write(struct.pack('<IIII', 1, number, len(p), len(p)) + p)


def read_text(path):
    connections = [[]]
    with open(path, encoding='ascii') as f:
        for line in map(str.strip, f):
            if line.startswith('='):
                connections.append([])
            elif line[:1] in ('>', '<'):
                connections[-1].append((line[0] == '>', bytes.fromhex(line[1:])))
            else:
                need(not line or line.startswith('#'), 'not a line of a connection:', line[:60])
    return [c for c in connections if c]


def tshark(path, *words, without=WITHOUT):
    done = subprocess.run(['tshark', '-r', path, '-n', '-d', f'tcp.port=={PORT},dcerpc', '-o', 'ip.check_checksum:FALSE',
                           '-o', 'tcp.check_checksum:FALSE', *[w for p in without for w in ('--disable-protocol', p)],
                           *words], capture_output=True, text=True, errors='replace', timeout=300, check=False)
    need(done.returncode == 0, 'tshark failed:', done.stderr[-800:])
    return done.stdout


def rows(path, where, fields):
    out = tshark(path, '-Y', where, '-T', 'fields', '-E', 'aggregator=,', *[w for f in fields for w in ('-e', f)])
    return [dict(zip(fields, line.split('\t'))) for line in out.splitlines()]


def judge(path, fields=DEFAULT, without=WITHOUT):
    """Rows of fields, one a frame; raises when a frame is malformed, or a stream holds octets that are no PDU."""
    bad = tshark(path, '-Y', 'dcerpc && (_ws.malformed || _ws.expert.severity == error) || tcp.port == %d && '
                 '_ws.malformed' % PORT, '-T', 'fields', '-e', 'frame.number', '-e', '_ws.col.Info', '-e',
                 '_ws.expert.message', without=without)
    need(not bad.strip(), 'malformed or in error:\n' + bad)
    strange = tshark(path, '-Y', f'tcp.port == {PORT} && tcp.len > 0 && !dcerpc && !tcp.reassembled_in && '
                     '!tcp.segment_data', '-T', 'fields', '-e', 'frame.number', '-e', '_ws.col.Info', without=without)
    need(not strange.strip(), 'no DCE/RPC in it:\n' + strange)
    found = rows(path, 'dcerpc', fields)
    need(found, 'tshark sees no DCE/RPC at all')
    return found


def judge_connections(connections, fields=DEFAULT):
    """As judge, for octets; besides, every PDU must be seen, as many as the headers themselves tell."""
    with tempfile.NamedTemporaryFile(suffix='.pcap') as f:
        write_pcap(f.name, connections)
        found = judge(f.name, fields)
        # not by their types: a verification trailer's header2 has one, too
        seen = sum(len(r['dcerpc.cn_frag_len'].split(',')) for r in rows(f.name, 'dcerpc', ('dcerpc.cn_frag_len',)))
    told = sum(count_pdus(b''.join(o for c, o in chunks if c == side)) for chunks in connections
               for side in (True, False))
    need(seen == told, f'tshark sees {seen} PDUs, their headers tell {told}')
    return found


def count_pdus(octets):
    count = 0
    while octets:
        need(len(octets) >= 16, 'octets behind the last PDU:', octets[:16].hex())
        length, auth = struct.unpack_from('<HH' if octets[4] & 0x10 else '>HH', octets, 8)
        need(16 <= length <= len(octets), f'a PDU of {length} octets where {len(octets)} are left')
        need(not auth or 16 + 8 + auth <= length, f'a token of {auth} octets in a PDU of {length}')  # tshark is silent
        octets, count = octets[length:], count + 1
    return count


# A bind for mgmt, its bind_ack, is_server_listening and its reply, written down by hand from C706 12.6.
SAMPLE = [(True, '05000b0310000000480000000100000000100010000000000100000000000100' '80bda8af8a7dc911bef408002b102989'
                 '01000000' '045d888aeb1cc9119fe808002b10486002000000'),
          (False, '05000c03100000003c00000001000000001000107856000004003133350000000100000000000000'
                  '045d888aeb1cc9119fe808002b10486002000000'),
          (True, '050000031000000018000000020000000000000000000200'),
          (False, '050002031000000020000000020000000800000000000000' '0000000001000000')]


def self_test():
    sound = [(c, bytes.fromhex(h)) for c, h in SAMPLE]
    cases = Cases()

    def changed(i, at, value):
        octets = bytearray(sound[i][1])
        octets[at] = value
        return [*sound[:i], (sound[i][0], bytes(octets)), *sound[i + 1:]]

    def refuses(chunks):
        try:
            judge_connections([chunks])
        except AssertionError:
            return
        raise AssertionError('it was let through')

    def passes():
        found = judge_connections([sound])
        need([r['dcerpc.pkt_type'] for r in found] == ['11', '12', '0', '2'], found)
        need([r['dcerpc.opnum'] for r in found] == ['', '', '2', '2'], found)

    cases.run('sound_connection', passes)
    cases.run('number_of_contexts_too_large', refuses, changed(0, 24, 9))
    cases.run('number_of_results_too_large', refuses, changed(1, 32, 9))
    cases.run('secondary_address_too_long', refuses, changed(1, 24, 200))
    cases.run('frag_length_too_large', refuses, changed(3, 8, 0x21))
    cases.run('auth_length_too_large', refuses, changed(3, 10, 0x30))
    cases.run('version', refuses, changed(2, 0, 4))
    cases.run('cut', refuses, [*sound[:3], (False, sound[3][1][:-2])])
    return cases.end()


def main(argv):
    if not shutil.which('tshark'):
        missing('tshark is not installed (Debian package tshark)')
    if argv[1:] == ['--self-test']:
        return self_test()
    if len(argv) < 2:
        sys.exit(__doc__)
    fields = tuple(argv[2:]) or DEFAULT
    with open(argv[1], 'rb') as f:
        is_capture = f.read(4) in (b'\xd4\xc3\xb2\xa1', b'\xa1\xb2\xc3\xd4', b'\x0a\x0d\x0d\x0a', b'\x4d\x3c\xb2\xa1')
    try:
        found = judge(argv[1], fields) if is_capture else judge_connections(read_text(argv[1]), fields)
    except AssertionError as e:
        print(f'{os.path.basename(argv[1])}: {e}')
        return 1
    for r in found:
        print('\t'.join(r.values()))
    return 0


if __name__ == '__main__':
    sys.exit(main(sys.argv))
