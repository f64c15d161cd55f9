#!/usr/bin/python3
"""Run the cells of cells.txt: .NET NegotiateStream peers against troth, both ways.

usage: matrix.py --troth PROGRAM --peer NNSPEER --nettcp NETTCPPEER --tokens TOKENPEER --empty PROGRAM --sspi-ours PROGRAM
                 --out DIR [CELL-PATTERN...]

Runs inside a lab (`troth lab run -- matrix.py ...`). Every cell asserts the echo octet for octet, what both sides report
(identity, mechanism, level, impersonation), the mechanism as the token's octets show it, and that tshark finds no malformed
frame. Writes DIR/results, one "pass|fail|skip <TAB> name <TAB> reason" a line, and a log and a capture for each cell.
"""
import argparse
import fnmatch
import os
import re
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import nettcp  # noqa: E402
import sspi  # noqa: E402
import wire  # noqa: E402
from peers import (IMPERSONATION, LEVEL, Connect, Failed, Program, fact, native_codes, need, sanitizer)  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
PAYLOADS = [1, 65535, 64512, 64513, 10 * 1024 * 1024]
EXIT_REJECTED, EXIT_REJECTING = 4, 5


def read_cells(path):
    cells = []
    with open(path, encoding='utf-8') as f:
        for number, line in enumerate(f, 1):
            if not line.strip() or line.startswith('#'):
                continue
            name, *words = line.split()
            cell = dict(w.split('=', 1) for w in words)
            unknown = set(cell) - {'way', 'by', 'level', 'need', 'imp', 'need-imp', 'serve', 'connect', 'got', 'net-imp',
                                   'fail', 'cred', 'spn', 'backend', 'wire', 'exit'}
            if unknown or 'way' not in cell or name in [c['name'] for c in cells]:
                sys.exit(f'{path}:{number}: {unknown or "no way=, or a name that stands twice"}')
            cells.append(dict(cell, name=name))
    if not cells:
        sys.exit(f'{path}: no cells')
    return cells


class Run:
    """One cell: its peers, and what they said."""

    def __init__(self, cell, args):
        self.cell, self.args, self.lab = cell, args, os.environ['TROTH_LAB']
        self.log = os.path.join(args.out, cell['name'].replace(':', '.') + '.log')
        open(self.log, 'w').close()
        self.kerberos = cell['by'].endswith('kerberos')
        self.level, self.imp = cell['level'], cell.get('imp', 'identify')
        self.need_level, self.need_imp = cell.get('need', self.level), cell.get('need-imp', 'identify')
        self.spn = cell.get('spn', 'host/localhost')

    def password_file(self):
        name = {'wrong': 'wrong.password'}.get(self.cell.get('cred'), 'alice.password')
        return os.path.join(self.lab, name)

    # ---- the .NET side ----
    def dotnet_env(self):
        env = dict(os.environ, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT='1', DOTNET_CLI_TELEMETRY_OPTOUT='1')
        if self.cell['by'].startswith('managed'):
            # managed NTLM as it is meant: on a system without libgssapi. An empty file of that name is none.
            hidden = os.path.join(self.args.out, 'no-gssapi')
            os.makedirs(hidden, exist_ok=True)
            open(os.path.join(hidden, 'libgssapi_krb5.so.2'), 'w').close()
            env['LD_LIBRARY_PATH'] = hidden
        if self.kerberos:
            env.pop('NTLM_USER_FILE', None)  # no silent way down to NTLM
        return env

    def dotnet_client(self, port, payloads, *more, program=None):
        args = [program or self.args.peer, 'client', 'localhost', str(port), '--spn', self.spn, '--level', self.level,
                '--impersonation', self.imp, '--timeout', '60', *more]
        if payloads:
            args += ['--payloads', ','.join(map(str, payloads))]
        if self.kerberos and self.cell.get('cred') == 'password':
            args += ['--user', 'alice', '--domain', 'EXAMPLE.TEST', '--password-file', self.password_file()]
        elif not self.kerberos:
            args += ['--user', 'alice', '--domain', 'LAB', '--password-file', self.password_file()]
        if self.cell['by'] == 'managed-ntlm':
            args += ['--managed-ntlm']
        client = Program(args, self.dotnet_env(), self.log)
        try:
            client.proc.wait(90)
        finally:
            client.stop()
        return client

    # ---- our side ----
    def serve(self, protocol='nns', where=('--echo',)):
        args = [self.args.troth, 'serve', protocol, '--listen', '127.0.0.1:0', *where, '--log-format', 'json',
                '--keytab', os.environ['KRB5_KTNAME'].removeprefix('FILE:'), '--level', self.need_level,
                '--ntlm-users', os.environ['TROTH_LAB_NTLM_USERS'], '--ntlm-domain', 'LAB',
                '--impersonation', self.need_imp]
        return Program(args + [w for w in self.cell.get('serve', '').split(',') if w], os.environ, self.log)

    def connect_args(self, protocol, port):
        mech = {'spnego-kerberos': 'negotiate:kerberos', 'spnego-ntlm': 'negotiate:ntlm', 'raw-ntlm': 'ntlm'}[self.cell['by']]
        args = [self.args.troth, 'connect', protocol, f'127.0.0.1:{port}', '-v', '--spn', self.spn, '--mech', mech,
                '--level', self.level, '--impersonation', self.imp]
        if self.kerberos:
            args += ['--ccache', os.environ['KRB5CCNAME']]
        else:
            args += ['--user', 'LAB\\alice', '--password-file', self.password_file()]
        return args + [w for w in self.cell.get('connect', '').split(',') if w]

    def connect(self, port):
        return Connect(self.connect_args('nns', port), os.environ, self.log)

    # ---- what must hold ----
    def identity(self):
        return 'alice@EXAMPLE.TEST' if self.kerberos else 'LAB\\alice'

    def expect_dotnet(self, facts, server):
        got = self.cell.get('got', self.level)
        encrypted, signed = LEVEL[got]
        need(facts, '.NET did not report an authenticated stream')
        need((facts['IsEncrypted'], facts['IsSigned']) == (encrypted, signed), '.NET reports another level:', facts)
        need(facts['RemoteType'] == ('Kerberos' if self.kerberos else 'NTLM'), '.NET reports another mechanism:', facts)
        name = self.identity() if server else self.spn
        need(facts['RemoteName'] == name, '.NET reports another identity:', facts['RemoteName'], 'not', name)
        mutual = self.kerberos
        need(facts['IsMutuallyAuthenticated'] == mutual, '.NET on mutual authentication:', facts)
        imp = self.cell.get('net-imp', IMPERSONATION[self.imp])
        need(facts['ImpersonationLevel'] == imp, '.NET reports another impersonation:', facts['ImpersonationLevel'])

    def expect_wire(self, relay):
        log = list(relay.log)
        frames = wire.handshake(log)
        by = self.cell.get('wire', 'spnego-ntlm' if self.cell['by'] == 'managed-ntlm' else self.cell['by'])
        early = self.cell.get('fail') and self.cell.get('spn') and not [f for f in frames if f[0] and f[1] != wire.ERROR]
        if not early:
            need(wire.flavour(frames) == by, 'the tokens on the wire are', wire.flavour(frames), 'not', by)
        if self.cell.get('got', self.level) == 'none':  # raw octets follow, which are no frames to judge
            log = [(c, bytes([k, 1, 0]) + len(p).to_bytes(2, 'big') + p) for c, k, p in frames]
        path = self.log.removesuffix('.log') + '.pcap'
        wire.write_pcap(path, log, True)
        seen, complaints = wire.judge(path)
        need(not complaints, 'tshark:', complaints[:3])
        need(early or seen['handshake'] >= 1, 'tshark saw no handshake frame:', seen)
        if 'fail' not in self.cell:
            need(not wire.undecoded(seen, by), 'tshark could not decode', wire.undecoded(seen, by), 'in the tokens')
        return frames

    def expect_ours(self, line):
        """One line of our log against what was meant."""
        need(line, 'troth logged no established context')
        want = {'mech': 'kerberos' if self.kerberos else 'ntlm', 'principal': self.identity(),
                'level': self.cell.get('got', self.level)}
        for key, value in want.items():
            need(line.get(key) == value, f'troth logged {key}={line.get(key)!r}, not {value!r}')
        if self.kerberos:
            need(line.get('impersonation') == self.imp, 'troth logged impersonation', line.get('impersonation'))


def context_line(objects):
    """The log line of the context's end, or of its failure."""
    lines = [o for o in objects if 'status_name' in o or 'principal' in o]
    return lines[-1] if lines else None


def failure_words(cell):
    status, code = cell['fail'].split(':')
    return status.split('|'), code


def expect_dotnet_failure(failed, code):
    need(failed, '.NET did not fail')
    need('AuthenticationException' in failed['type'] or 'InvalidCredentialException' in failed['type'],
         '.NET failed with', failed['type'])
    if code == '-':
        need(not native_codes(failed), '.NET shows a code:', native_codes(failed))
    else:
        need(code in native_codes(failed), '.NET shows', native_codes(failed), 'not', code)


def run_in(run):
    cell, serve = run.cell, run.serve()
    try:
        relay = wire.Relay(('127.0.0.1', serve.port()))
        client = run.dotnet_client(relay.port, PAYLOADS)
        objects = client.objects()
        time.sleep(0.05)
    finally:
        code = serve.stop()
    need(not sanitizer(serve.errors), 'sanitizer:', sanitizer(serve.errors)[:2])
    need(code == 0, 'troth serve ended with', code, serve.errors[-2:])
    frames = run.expect_wire(relay)
    ours = context_line(serve.objects())
    if 'fail' in cell:
        statuses, code = failure_words(cell)
        expect_dotnet_failure(fact(objects, 'failed'), code)
        need(ours and ours.get('status_name') in statuses, 'troth logged', ours and ours.get('status_name'), 'not', statuses)
        need(wire.error_code(frames), 'no HandshakeError on the wire')
        return
    need(not fact(objects, 'failed'), '.NET failed:', fact(objects, 'failed'))
    run.expect_dotnet(fact(objects, 'authenticated'), False)
    echoes = [o for o in objects if o['event'] == 'echo']
    need([e['size'] for e in echoes] == PAYLOADS and all(e['same'] for e in echoes), 'echoes:', echoes)
    run.expect_ours(ours)


def run_out(run):
    cell = run.cell
    server = Program([run.args.peer, 'server', '0', '--count', '1', '--level', run.need_level, '--impersonation', run.need_imp],
                     run.dotnet_env() | {k: v for k, v in os.environ.items() if k == 'NTLM_USER_FILE'}, run.log)
    try:
        relay = wire.Relay(('127.0.0.1', server.port()))
        client = run.connect(relay.port)
        try:
            if 'fail' not in cell:
                for size in PAYLOADS:
                    client.echo(size)
        finally:
            code, said = client.finish()
        try:
            server.proc.wait(20)
        except Exception:
            raise Failed('.NET did not end with its client')
    finally:
        server.stop()
    need(not sanitizer(said.splitlines()), 'sanitizer:', sanitizer(said.splitlines())[:2])
    objects = server.objects()
    frames = run.expect_wire(relay)
    if 'fail' in cell:
        statuses, native = failure_words(cell)
        expect_dotnet_failure(fact(objects, 'failed'), native)
        need(any(re.search(rf'\b{s}\b', said) for s in statuses), 'troth said', said[-300:], 'not', statuses)
        need(code in ([int(cell['exit'])] if 'exit' in cell else (EXIT_REJECTED, EXIT_REJECTING)), 'troth connect ended with', code)
        need(wire.error_code(frames), 'no HandshakeError on the wire')
        return
    need(code == 0, 'troth connect ended with', code, said[-300:])
    need(not fact(objects, 'failed'), '.NET failed:', fact(objects, 'failed'))
    run.expect_dotnet(fact(objects, 'authenticated'), True)
    need((fact(objects, 'end') or {}).get('octets') == sum(PAYLOADS), '.NET echoed', fact(objects, 'end'))
    context = re.search(r'^\s*context\s+(.*)', said, re.M)
    need(context, 'troth showed no context:', said[-300:])
    mech = 'kerberos' if run.kerberos else 'ntlm'
    need(re.search(rf'\b{mech}\b', context.group(1)) and re.search(rf'\b{run.level}\b', context.group(1)),
         'troth showed', context.group(1))


def run_empty(run):
    """An empty protected frame, then one octet: .NET must deliver just the octet."""
    server = Program([run.args.empty, run.cell['by'], run.level], os.environ, run.log)
    try:
        relay = wire.Relay(('127.0.0.1', server.port()))
        client = run.dotnet_client(relay.port, [], '--read-only')
    finally:
        server.stop()
    objects = client.objects()
    need(not fact(objects, 'failed'), '.NET failed:', fact(objects, 'failed'))
    need([(o['size'], o['hex']) for o in objects if o['event'] == 'read'] == [(1, '2A')], '.NET read', objects)
    need(fact(objects, 'eof'), '.NET saw no end:', objects)
    run.expect_wire(relay)


def main():
    p = argparse.ArgumentParser()
    for name in ('troth', 'peer', 'nettcp', 'tokens', 'empty', 'sspi-ours', 'out'):
        p.add_argument('--' + name, required=True)
    p.add_argument('patterns', nargs='*')
    args = p.parse_args()
    os.makedirs(args.out, exist_ok=True)
    ways = {'in': run_in, 'out': run_out, 'empty': run_empty,
            'nmf-in': lambda run: nettcp.run_in(run, context_line), 'nmf-out': nettcp.run_out,
            'sspi-in': sspi.run_in, 'sspi-out': sspi.run_out}
    failed = 0
    with open(os.path.join(args.out, 'results'), 'a', encoding='utf-8') as results:
        for cell in read_cells(os.path.join(HERE, 'cells.txt')):
            if args.patterns and not any(fnmatch.fnmatch(cell['name'], x) for x in args.patterns):
                continue
            begun, kind, reason = time.monotonic(), 'pass', ''
            try:
                ways[cell['way']](Run(cell, args))
            except Exception as e:  # a broken peer is a failed cell, not the end of the matrix
                kind, reason, failed = 'fail', re.sub(r'\s+', ' ', f'{type(e).__name__}: {e}')[:600], failed + 1
            print(f"{kind} {cell['name']:38} {time.monotonic() - begun:5.1f} s  {reason}", flush=True)
            results.write(f"{kind}\ttests/interop/cells.txt:{cell['name']}\t{reason}\n")
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
