#!/usr/bin/python3
"""What the codec writes before tshark's dissector: no malformed frame, and the same values in every field.

usage: codec_tshark.py CODEC_PDUS     the program of codec_pdus.c; 77: tshark is not installed
"""
import os
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
import tshark  # noqa: E402
from cases import Cases, missing, need  # noqa: E402

KINDS = {0, 2, 3, 11, 12, 13, 14, 15, 16, 17, 18, 19}


def pdus(program):
    """(from_client, octets, expected fields) of each line."""
    out = subprocess.run([program], capture_output=True, text=True, check=True, timeout=20).stdout
    for line in out.splitlines():
        side, octets, *fields = line.split()
        yield side == '>', bytes.fromhex(octets), dict(f.split('=') for f in fields)


def same(seen, expected):
    """Numbers as numbers, whichever base tshark prints them in."""
    def value(text):
        try:
            return int(text, 0)
        except ValueError:
            return {'True': 1, 'False': 0}.get(text, text)
    return [value(x) for x in seen.split(',')] == [value(x) for x in expected.split(',')]


def compare(row, expected):
    wrong = [f'{f}: {row[f]!r} instead of {v!r}' for f, v in expected.items() if not same(row[f], v)]
    need(not wrong, '; '.join(wrong))


def damaged(connection, at):
    """Proof that the judge looks: the same octets with one of them changed."""
    side, octets = connection[0]
    changed = octets[:at] + bytes([octets[at] ^ 0x40]) + octets[at + 1:]
    try:
        tshark.judge_connections([[(side, changed)] + connection[1:]])
    except AssertionError:
        return True
    return False


def main(argv):
    if not shutil.which('tshark'):
        missing('tshark is not installed (Debian package tshark)')
    cases, both = Cases(), list(pdus(argv[1]))
    half = len(both) // 2
    for name, part in (('little_endian', both[:half]), ('big_endian', both[half:])):
        connection = [(side, octets) for side, octets, _ in part]
        fields = sorted({f for _, _, e in part for f in e})
        cases.expect(f'every_kind_{name}', {e['dcerpc.pkt_type'] for _, _, e in part} == {str(k) for k in KINDS})
        try:
            rows = tshark.judge_connections([connection], ('dcerpc.pkt_type', *fields))
        except AssertionError as e:
            cases.fail(f'judged_{name}', e)
            continue
        cases.expect(f'one_row_each_{name}', len(rows) == len(part), len(rows), 'rows for', len(part), 'PDUs')
        for i, (row, (_, _, expected)) in enumerate(zip(rows, part)):
            cases.run(f"pdu_{name}_{i}_type_{expected['dcerpc.pkt_type']}", compare, row, expected)
    cases.expect('damage_is_seen', damaged([(s, o) for s, o, _ in both[:half]], 8))
    return cases.end()


if __name__ == '__main__':
    sys.exit(main(sys.argv))
