#!/usr/bin/python3
"""Our SAS, GSSUP, CSIIOP and IOR codec before omniORB's, whose stubs omniidl makes from csi_types.idl.

usage: csi_omniorb.py OURS JUDGE      prints one line a type: values, octets

For each value that the judge writes, in both byte orders: ours reads it and writes the same octets; ours writes it in the
other order, and the judge, having read that and turned it back, has the octets it began with.
"""
import collections
import subprocess
import sys

VALUES = 200


def run(*command, text=''):
    return subprocess.run(command, input=text, capture_output=True, text=True, check=True, timeout=60).stdout.splitlines()


def main(ours, judge):
    made = run(judge, 'make', str(VALUES))
    answered = run(ours, text='\n'.join(made))
    if len(answered) != 2 * len(made):
        sys.exit(f'{len(made)} values, {len(answered)} answers; the last: {answered[-1:]}')
    same, other = answered[::2], answered[1::2]
    turned = run(judge, 'turn', text='\n'.join(other))
    count, octets = collections.Counter(), collections.Counter()
    for value, ours_same, ours_other, back in zip(made, same, other, turned, strict=True):
        if ours_same != value:
            sys.exit(f'ours differs:\n  {value}\n  {ours_same}')
        if back != value:
            sys.exit(f'the judge read otherwise what we wrote:\n  {value}\n  {ours_other}\n  {back}')
        kind, _, hexed = value.split()
        count[kind] += 1
        octets[kind] += len(hexed) // 2
    for kind in count:
        print(f'{kind}: {count[kind]} values, {octets[kind]} octets, both orders')
    wanted = {'sas': 8 * VALUES, 'gssup': 2 * VALUES, 'mechs': 2 * VALUES, 'ior': 2 * VALUES}
    if dict(count) != wanted:
        sys.exit(f'not every type was judged: {dict(count)}')


if __name__ == '__main__':
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
