#!/usr/bin/python3
"""Clients of others against a server on 127.0.0.1:135: smbtorture, impacket's rpcmap and rpcdump, rpcclient.

usage: torture.py here [--capture FILE] [CELL-PATTERN...]                   the server and its realm are there: see below
       torture.py fixture TROTH FIXTURE [--capture FILE] [CELL-PATTERN...]  our fixture server, in a realm of troth lab
       torture.py samba [--capture FILE] [CELL-PATTERN...]                  Samba's own DC: proves this harness
       torture.py list

A cell is "smbtorture-rpc.bind-ntlm-sign"; patterns are those of fnmatch. Environment of "here": as for raw.py.
PEER_PORT is the port in binding strings (135; empty = the clients ask the endpoint mapper).
"""
import fnmatch
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time

sys.dont_write_bytecode = True
import fixture  # noqa: E402
import netns  # noqa: E402
import samba_dc  # noqa: E402
import tshark  # noqa: E402
from cases import Cases, need  # noqa: E402

SECONDS = 90
SUITES = ('rpc.mgmt', 'rpc.echo', 'rpc.bind', 'rpc.altercontext', 'rpc.asyncbind')
# name of the mechanism: words of the binding string, form of the user's name. Samba's SPNEGO takes Kerberos for
# user@REALM and NTLM for DOMAIN/user.
MECHANISMS = {'ntlm': (['ntlm'], 'domain'), 'spnego-ntlm': (['spnego'], 'domain'), 'spnego-krb5': (['spnego'], 'realm'),
              'krb5': (['krb5'], 'realm')}
OPTIONS = {'sign': ['sign'], 'seal': ['seal'], 'sign-bigendian': ['sign', 'bigendian'],
           'seal-bigendian': ['seal', 'bigendian'], 'packet': ['packet'], 'connect': ['connect']}
# Mechanisms of suites that cannot have them all. rpc.bind goes through ntlm and spnego by itself, and the user@REALM that
# asks for Kerberos is no account of NTLM's. rpc.altercontext: past an alter_context that ended its authentication,
# smbtorture's next one is plain; past an auth3 it repeats the last token, which every server refuses (RAW:
# test_spnego_connect_reauth_alter), Samba's own included.
ONLY = {'rpc.bind': ('ntlm', 'spnego-ntlm'), 'rpc.altercontext': ('spnego-ntlm', 'spnego-krb5')}
ASYNC = 20  # requests of rpc.asyncbind at the same time
NAMES = {'rpcdump': ['/usr/share/doc/python3-impacket/examples/rpcdump.py', '/usr/bin/impacket-rpcdump'],
         'rpcmap': ['/usr/share/doc/python3-impacket/examples/rpcmap.py', '/usr/bin/impacket-rpcmap']}
NEEDED = {'smbtorture': 'samba-testsuite', 'rpcclient': 'smbclient'}
# Debian builds Samba's server without rpcecho; it has LsarOpenPolicy and LsarGetUserName over named pipes only; it answers
# impacket's connect level with a fault, and the end of ept_lookup with a status that rpcdump takes for a failure.
SAMBA_LACKS = ('smbtorture-rpc.echo-*', 'smbtorture-rpc.bind-*', 'smbtorture-rpc.altercontext-*', 'rpcclient-*',
               'rpcmap-connect', 'impacket-connect', 'rpcdump')


def user(form):
    e = os.environ
    return f"{e['DOMAIN']}/{e['USERNAME']}" if form == 'domain' else f"{e['USERNAME']}@{e['REALM']}"


def run(words, data=None):
    done = subprocess.run(words, input=data, capture_output=True, text=True, errors='replace', timeout=SECONDS,
                          check=False)
    return done.returncode, done.stdout + done.stderr


def binding(words):
    port = os.environ.get('PEER_PORT', '135')
    return f"ncacn_ip_tcp:127.0.0.1[{','.join([port, *words, 'target_hostname=' + os.environ['TARGET_HOSTNAME']])}]"


# ---- smbtorture ----

def smbtorture(suite, mechanism, options):
    words, form = MECHANISMS[mechanism]
    more = ['--async', f'--num-async={ASYNC}'] if suite == 'rpc.asyncbind' else []
    status, said = run(['smbtorture', binding(words + OPTIONS[options]), suite, '-s', os.environ['SMB_CONF_PATH'],
                        '-U', f"{user(form)}%{os.environ['PASSWORD']}", '--format=subunit', *more])
    good = re.findall(r'^success: (.+)$', said, re.M)
    bad = re.findall(r'^(?:failure|error|skip): ?.*$', said, re.M)
    need(status == 0 and good and not bad, f'exit {status}, {len(good)} good, {bad}\n{said[-2500:]}')
    return good


# ---- impacket, whose client is given the authentication level by name ----

def script(name):
    return next((p for p in NAMES[name] if os.path.exists(p)), None)


def target():
    return f"{os.environ['DOMAIN']}/{os.environ['USERNAME']}:{os.environ['PASSWORD']}@127.0.0.1"


def rpcmap(level):
    number = {'connect': 2, 'packet': 4, 'integrity': 5, 'privacy': 6}[level]
    credentials = f"{os.environ['DOMAIN']}/{os.environ['USERNAME']}:{os.environ['PASSWORD']}"
    status, said = run([sys.executable, script('rpcmap'), 'ncacn_ip_tcp:127.0.0.1[135]', '-brute-opnums',
                        '-opnum-max', '5', '-auth-rpc', credentials, '-auth-level', str(number)])
    need(status == 0 and 'E1AF8308-5D1F-11C9-91A4-08002B14A0FA v3.0' in said, f'exit {status}\n{said[-2500:]}')
    need(re.search(r'Opnum 2: (success|rpc_x_bad_stub_data)', said), 'no opnum answered as it should\n' + said[-2500:])


def rpcdump():
    status, said = run([sys.executable, script('rpcdump'), '-port', '135', target()])
    need(status == 0 and re.search(r'Received [1-9]\d* endpoints', said), f'exit {status}\n{said[-2500:]}')
    need('ncacn_ip_tcp:127.0.0.1[' in said, 'no TCP endpoint\n' + said[-2500:])


def impacket_call(level):
    """ept_lookup with authentication, which rpcdump does not do: in a process of its own, for its many modules."""
    code = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'impacket_call.py')
    status, said = run([sys.executable, code, level])
    need(status == 0, f'exit {status}\n{said[-2500:]}')


# ---- rpcclient ----

def rpcclient(mechanism, options):
    words, form = MECHANISMS[mechanism]
    kerberos = 'required' if form == 'realm' else 'off'
    status, said = run(['rpcclient', binding(words + OPTIONS[options]), '-s', os.environ['SMB_CONF_PATH'],
                        '-U', f"{user(form)}%{os.environ['PASSWORD']}", f'--use-kerberos={kerberos}', '-c', 'getusername'])
    need(status == 0 and re.search(r'Account Name: (\w+), Authority Name: (\w+)', said), f'exit {status}\n{said[-2500:]}')
    name = re.search(r'Account Name: (\w+), Authority', said)[1]
    need(name.lower() == os.environ['USERNAME'].lower(), 'it says we are', name)


def cells():
    """name: (function, arguments)"""
    ret = {}
    for suite in SUITES:
        for mechanism in MECHANISMS:
            for options in OPTIONS:
                if (options not in ('packet', 'connect') or suite in ('rpc.echo', 'rpc.mgmt')) and \
                        mechanism in ONLY.get(suite, MECHANISMS):
                    ret[f'smbtorture-{suite}-{mechanism}-{options}'] = (smbtorture, (suite, mechanism, options))
    for level in ('connect', 'packet', 'integrity', 'privacy'):
        ret[f'rpcmap-{level}'] = (rpcmap, (level,))
        ret[f'impacket-{level}'] = (impacket_call, (level,))
    ret['rpcdump'] = (rpcdump, ())
    for mechanism in MECHANISMS:
        for options in ('sign', 'seal'):
            ret[f'rpcclient-{mechanism}-{options}'] = (rpcclient, (mechanism, options))
    return ret


def lacking():
    """Peers that are not installed: pattern: why."""
    ret = {f'{p}-*': f'{p} is not installed (Debian package {d})' for p, d in NEEDED.items() if not shutil.which(p)}
    for name in NAMES:
        if not script(name):
            ret[f'{name}*'] = f'{name} is not installed (Debian package python3-impacket)'
    if not importlib.util.find_spec('impacket'):
        ret['impacket-*'] = 'impacket is not installed (Debian package python3-impacket)'
    return ret


def case_name(cell):
    """tools/tally takes a case's name up to the first character that is no letter, digit or underscore."""
    return re.sub(r'\W', '_', cell)


def run_cells(cases, patterns, known=(), server=None):
    absent = lacking()
    for name, (function, args) in cells().items():
        if patterns and not any(fnmatch.fnmatch(name, p) for p in patterns):
            continue
        if any(fnmatch.fnmatch(name, k) for k in known):
            continue
        why = next((w for p, w in absent.items() if fnmatch.fnmatch(name, p)), None)
        if why:
            cases.skip(case_name(name), why)
        elif 'asyncbind' in name and server:
            cases.run(case_name(name), counted, server, function, *args)
        else:
            cases.run(case_name(name), function, *args)


def counted(server, function, *args):
    """Without --async the test passes and does nothing: the server must have seen its contexts.

    The client leaves as soon as it has sent its last token. Where no answer tells of that (auth3), the server may see the
    end before it is through with the token, so there the PDUs of the binds count: a bind and an auth3 each.
    """
    before = server.count()
    function(*args)
    what, least = ('contexts', ASYNC) if 'spnego' in args[1] else ('pdus_in', 2 * ASYNC)
    end = time.monotonic() + 3
    while (made := server.count()[what] - before[what]) < least and time.monotonic() < end:
        time.sleep(0.1)
    need(made >= least, f'the server saw {made} {what}, not {least}')


class Capture:
    """tshark on loopback for as long as the block runs; nothing when no file is named."""

    def __init__(self, path):
        self.path, self.process = path, None

    def __enter__(self):
        if self.path:
            self.process = subprocess.Popen(['tshark', '-i', 'lo', '-B', '64', '-w', self.path, '-f', 'tcp'], text=True,
                                            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                            preexec_fn=netns.die_with_parent)
            for line in self.process.stderr:
                if 'Capturing on' in line:
                    break
            time.sleep(1)  # it says so a little before it does

    def __exit__(self, *exc):
        if self.process:
            time.sleep(1)
            self.process.send_signal(signal.SIGINT)
            self.process.wait(20)


def take_capture(args):
    if '--capture' not in args:
        return args, None
    i = args.index('--capture')
    return args[:i] + args[i + 2:], os.path.abspath(args[i + 1])


def against_samba(args):
    samba_dc.look_or_skip()
    netns.enter()
    cases, (patterns, path) = Cases(), take_capture(args)
    with samba_dc.Dc() as dc, Capture(path):
        os.environ.update(dc.environ, **dc.as_peer(), PEER_PORT='')
        run_cells(cases, patterns, SAMBA_LACKS)
    return cases.end()


def against_fixture(args):
    troth, program, (patterns, path) = args[0], args[1], take_capture(args[2:])
    fixture.enter_realm(troth)
    cases, server = Cases(), fixture.Server(program)
    if shutil.which('tshark'):
        path = path or os.path.join(os.environ['TROTH_LAB'], 'torture.pcap')
    with server, Capture(path):
        os.environ.update(server.environ)
        run_cells(cases, patterns, server=server)
    server.judge(cases)
    if path:
        cases.run('tshark_decodes_all', tshark.judge, path, tshark.DEFAULT, tshark.ALL_STUBS)
    else:
        cases.skip('tshark_decodes_all', 'tshark is not installed')
    print('\n'.join(server.report()), flush=True)
    return cases.end()


def main(argv):
    what, rest = argv[1:2], argv[2:]
    if what == ['list']:
        print('\n'.join(cells()))
        return 0
    if what in (['samba'], ['here']):
        if what == ['samba']:
            return against_samba(rest)
        patterns, path = take_capture(rest)
        cases = Cases()
        with Capture(path):
            run_cells(cases, patterns)
        return cases.end()
    if what == ['fixture'] and len(rest) >= 2:
        return against_fixture(rest)
    sys.exit(__doc__)


if __name__ == '__main__':
    sys.exit(main(sys.argv))
