#!/usr/bin/python3
"""Samba's raw DCE/RPC protocol tests, as Debian's python3-samba installs them, against a server on 127.0.0.1:135.

usage: raw.py here [TEST...]                     the server and its realm are there already: see ENVIRONMENT
       raw.py fixture TROTH FIXTURE [TEST...]    our fixture server, in a realm of troth lab
       raw.py samba [TEST...]                    Samba's own DC, which proves this harness; three are known to fail there
       raw.py list                               the names of the tests that run

ENVIRONMENT: SERVER TARGET_HOSTNAME USERNAME PASSWORD DOMAIN REALM SMB_CONF_PATH KRB5_CONFIG MAX_NUM_AUTH
AUTH_LEVEL_CONNECT_LSA. RAW_WORKERS: how many tests run at the same time (6).
The list of tests is the installed module's, less those that raw_needs_smb.txt names; that 182 remain is a test, too.
"""
from concurrent import futures
import contextlib
import io
import multiprocessing
import os
import signal
import subprocess
import sys
import time
import unittest

sys.dont_write_bytecode = True
import fixture  # noqa: E402
import netns  # noqa: E402
import samba_dc  # noqa: E402
from cases import Cases, missing, need  # noqa: E402

MODULE, ALL, WITHOUT_SMB = 'samba.tests.dcerpc.raw_protocol', 194, 182
SECONDS = 240  # for one test; the longest makes 2,049 security contexts
LONG = 'test_multiple_auth_limit'
# What Samba 4.17 gets wrong itself; nobody else may.
SAMBA_FAILS = ('test_no_auth_presentation_ctx_invalid4', 'test_spnego_change_auth_type2', 'test_spnego_change_transfer')
HERE = os.path.dirname(os.path.abspath(__file__))


def flat(suite):
    for x in suite:
        if isinstance(x, unittest.TestSuite):
            yield from flat(x)
        else:
            yield x


def installed():
    """name: identifier of every test of the module."""
    ids = [t.id() for t in flat(unittest.defaultTestLoader.loadTestsFromName(MODULE))]
    return {i.rsplit('.', 1)[1]: i for i in ids}


def named_as_smb():
    with open(os.path.join(HERE, 'raw_needs_smb.txt'), encoding='ascii') as f:
        return [line.strip() for line in f if line.strip() and not line.startswith('#')]


def choose(tests):
    smb = named_as_smb()
    need(len(tests) == ALL, f'the installed module has {len(tests)} tests, not {ALL}')
    need(not set(smb) - set(tests), 'raw_needs_smb.txt names what the module does not have:', set(smb) - set(tests))
    chosen = {n: i for n, i in tests.items() if n not in smb}
    need(len(chosen) == WITHOUT_SMB, f'{len(chosen)} tests would run, not {WITHOUT_SMB}')
    return chosen


def too_long(number, frame):
    raise TimeoutError(f'not done after {SECONDS} s')


def run_one(test):
    """In a worker: (name, verdict, what it said, seconds)."""
    name, identifier = test
    start, said = time.monotonic(), io.StringIO()  # its cries about time-outs that it waits for say nothing
    signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SECONDS)
    try:
        with contextlib.redirect_stderr(said):
            result = unittest.TextTestRunner(stream=said, verbosity=0).run(
                unittest.defaultTestLoader.loadTestsFromName(identifier))
    finally:
        signal.alarm(0)
    bad = result.failures + result.errors
    verdict = 'ok' if result.testsRun == 1 and not bad and not result.skipped else 'fail'  # none may skip itself here
    text = '\n'.join(t for _, t in bad + result.skipped) or f'{result.testsRun} tests ran'
    return name, verdict, text, time.monotonic() - start


def short(trace):
    """The lines of the test file and the message; the harness's own frames say nothing."""
    lines = trace.rstrip().splitlines()
    return '\n'.join(lines[-14:])


def run(cases, names, known=()):
    try:
        tests = choose(installed())
    except ImportError as e:
        missing(f'{MODULE} cannot be loaded ({e}): Debian packages python3-samba, python3-testtools, python3-iso8601, '
                'python3-dnspython')
    except AssertionError as e:
        cases.fail('raw_list', e)
        return
    unknown = set(names) - set(tests)
    need(not unknown, 'no such test:', unknown)
    done, work = [], sorted(((n, i) for n, i in tests.items() if not names or n in names), key=lambda t: t[0] != LONG)
    workers = int(os.environ.get('RAW_WORKERS', '6'))
    with futures.ProcessPoolExecutor(workers, multiprocessing.get_context('spawn')) as pool:
        for one in futures.as_completed([pool.submit(run_one, w) for w in work]):
            try:
                name, verdict, text, seconds = one.result()
            except futures.BrokenExecutor as e:
                cases.fail('raw_worker', f'a process of the tests died: {e}')
                break
            done.append(name)
            if (verdict == 'fail') == (name in known):
                cases.ok(name, seconds)
            elif name in known:
                cases.fail(name, 'known to fail, yet it passed', seconds)
            else:
                cases.fail(name, short(text), seconds)
    if not names:
        cases.expect('raw_count', len(set(done)) == WITHOUT_SMB, f'{len(set(done))} tests gave a result')


def against_samba(names):
    samba_dc.look_or_skip()
    netns.enter()
    cases = Cases()
    with samba_dc.Dc() as dc:
        os.environ.update(dc.environ, **dc.as_peer())
        run(cases, names, SAMBA_FAILS)
    return cases.end()


def against_fixture(troth, program, names):
    fixture.enter_realm(troth)
    cases, server = Cases(), fixture.Server(program)
    with server:
        os.environ.update(server.environ)
        run(cases, names)
    server.judge(cases)
    print('\n'.join(server.report()), flush=True)
    return cases.end()


def main(argv):
    what, rest = argv[1:2], argv[2:]
    if what == ['list']:
        print('\n'.join(choose(installed())))
        return 0
    if what == ['here']:
        cases = Cases()
        run(cases, rest)
        return cases.end()
    if what == ['samba']:
        return against_samba(rest)
    if what == ['fixture'] and len(rest) >= 2:
        return against_fixture(rest[0], rest[1], rest[2:])
    sys.exit(__doc__)


if __name__ == '__main__':
    sys.exit(main(sys.argv))
