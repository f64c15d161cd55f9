"""troth decode: object references in words."""
from tool import run, equal, check, exits

# A reference whose component 33 is vector V12 of tests/vectors/sas/mechs.txt.
IOR = (
    'IOR:010000000a00000049444c3a783a312e300000000100000000000000800000000101020005000000686f737400000000'
    '030000006b65790001000000210000005c000000010100000100000040000000220000000000000040004000080000000606'
    '678102010101170000000401000806066781020101010000000764656661756c740000040000000000000100000008000000'
    '060667810201010102000000')
WORDS = b"""\
type IDL:x:1.0
  profile 1: IIOP 1.2, host, protected transport only, key 6b6579
    component 33 (CSIv2 mechanisms):
      stateful contexts, 1 mechanism
      mechanism 1 requires trust in the client
        transport: none
        authentication: GSSUP (user name and password), target "default"; supports trust in the client; requires trust in the client
        attributes: supports identity assertion; requires nothing
        identities: principal name; names of GSSUP (user name and password)
"""


def test_a_reference_in_words():
    for result in (run('decode', 'ior', IOR), run('decode', 'ior', '-', data=IOR.encode() + b'\n')):
        equal(result.returncode, 0)
        equal(result.stdout, WORDS)
        equal(result.stderr, b'')


def test_what_cannot_be_read_is_said():
    exits(run('decode', 'ior', 'IOR:00'), 1, 'not an object reference')
    exits(run('decode', 'ior', 'corbaloc::host/key'), 1, 'not an object reference')
    exits(run('decode', 'ior', '-'), 1, 'standard input')
    broken = IOR.replace('0606678102010101', '06066781020101', 1)
    result = run('decode', 'ior', broken)
    equal(result.returncode, 1)


def test_part_of_a_reference():
    """Component 33 with a boolean of 2: the rest is printed, the exit status tells."""
    at = IOR.rindex('01010000010000004000')
    result = run('decode', 'ior', IOR[:at] + '0102' + IOR[at + 4:])
    equal(result.returncode, 1)
    check(b'host' in result.stdout and b'cannot be read' in result.stdout, result.stdout)


def test_nothing_of_a_peer_reaches_the_terminal():
    result = run('decode', 'ior', IOR.replace('686f7374', '681b5b31'))
    check(b'h\\x1b[1' in result.stdout and b'\x1b' not in result.stdout, result.stdout)
