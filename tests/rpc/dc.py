#!/usr/bin/python3
"""Our client against a Samba AD DC, against our fixture server, and against impacket's server: dc_client's cases, and what
went over the wire in each of them as tshark reads it.

usage: dc.py samba CLIENT [--keep DIR]              a DC for as long as it takes
       dc.py fixture CLIENT TROTH FIXTURE           our fixture server, in a realm of troth lab
       dc.py impacket CLIENT                        impacket's server, which knows no authentication

A case of dc_client is a case here, and for a cell NAME so is NAME_wire: the PDUs of its connections. At the DC the server
says who came, too: a line of its log for each security context, found by the client's port.
"""
import collections
import importlib.util
import os
import re
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import fixture  # noqa: E402
import netns  # noqa: E402
import samba_dc  # noqa: E402
import tshark  # noqa: E402
from cases import Cases, missing, need  # noqa: E402

SECONDS = 300
FIELDS = ('tcp.stream', 'dcerpc.pkt_type', 'dcerpc.cn_flags', 'dcerpc.auth_type', 'dcerpc.auth_level', 'dcerpc.auth_ctx_id',
          'dcerpc.cn_frag_len', 'dcerpc.cn_num_ctx_items')
REQUEST, RESPONSE, FAULT, BIND, BIND_ACK, BIND_NAK, ALTER, ALTER_RESP, AUTH3 = 0, 2, 3, 11, 12, 13, 14, 15, 16
HEADER_SIGN = 4
# Legs of a context by provider: the PDUs that carry its tokens, or answer one that does. A negotiation of Kerberos that can
# sign takes two more with Samba, which wants to see our mechListMIC.
NEGOTIATED = [BIND, BIND_ACK, ALTER, ALTER_RESP]
LEGS = {'ntlm': [BIND, BIND_ACK, AUTH3], 'kerberos': NEGOTIATED, 'spnego_ntlm': NEGOTIATED, 'spnego_kerberos': NEGOTIATED}
LEGS_WITH_MIC = {'samba': [*NEGOTIATED, ALTER, ALTER_RESP], 'fixture': NEGOTIATED}
TYPES = {'ntlm': 10, 'kerberos': 16, 'spnego_ntlm': 9, 'spnego_kerberos': 9}
LEVELS = {'connect': 2, 'packet': 4, 'integrity': 5, 'privacy': 6}
CELL = re.compile(r'cell_(spnego_kerberos|spnego_ntlm|ntlm|kerberos)_(connect|packet|integrity|privacy)_(no_)?headers$')
AUTHZ = re.compile(r'Successful AuthZ: \[DCE/RPC,([^\]]*)\] user \[([^\]]*)\]\\\[([^\]]*)\] .* Remote host \[ipv4:127\.0\.0\.1:(\d+)\]')
BY = {'ntlm': 'NTLMSSP', 'spnego_ntlm': 'NTLMSSP', 'kerberos': 'krb5', 'spnego_kerberos': 'krb5'}
EXPECTED = 50  # cases of dc_client at the least: a client that ends early is noticed


class Conn:
    """A line "conn NUMBER CASE key=value ...", and the PDUs of that connection."""

    def __init__(self, line):
        words = line.split()
        self.number, self.case = int(words[1]), words[2]
        self.facts = dict(w.split('=', 1) for w in words[3:])
        self.pdus = []

    def number_of(self, key):
        return int(self.facts[key])


def run_client(words, environ):
    done = subprocess.run(words, capture_output=True, text=True, errors='replace', timeout=SECONDS, check=False,
                          env={**os.environ, **environ})
    return done.returncode, done.stdout, done.stderr


def read_capture(path):
    """As tshark.read_text, but a line "=" begins a connection even where nothing was sent."""
    connections = []
    with open(path, encoding='ascii') as f:
        for line in f:
            if line.startswith('='):
                connections.append([])
            else:
                connections[-1].append((line[0] == '>', bytes.fromhex(line[2:])))
    return connections


def numbers(text):
    return [int(x, 0) for x in text.split(',') if x]


class Pdu:
    """From the header's own octets; tshark must have seen the same."""

    def __init__(self, from_client, octets):
        order = 'little' if octets[4] & 0x10 else 'big'
        self.from_client, self.type, self.flags, self.len = from_client, octets[2], octets[3], len(octets)
        self.auth_len = int.from_bytes(octets[10:12], order)
        at = len(octets) - self.auth_len - 8
        self.auth = (octets[at], octets[at + 1], int.from_bytes(octets[at + 4:at + 8], order)) if self.auth_len else None


def pdus_of(chunks):
    """In the order in which each side sent them; by side first, which is enough for what is asked."""
    for side in (True, False):
        octets = b''.join(o for c, o in chunks if c == side)
        while octets:
            length = int.from_bytes(octets[8:10], 'little' if octets[4] & 0x10 else 'big')
            yield Pdu(side, octets[:length])
            octets = octets[length:]


def dissect(connections):
    """What tshark sees of every connection: lists by number of types, levels and auth types; nothing is malformed."""
    kept = [(i, c) for i, c in enumerate(connections) if c]
    seen = collections.defaultdict(lambda: collections.defaultdict(list))
    for row in tshark.judge_connections([c for _, c in kept], FIELDS):
        number = kept[int(row['tcp.stream'])][0]
        for field in FIELDS[1:]:
            seen[number][field] += numbers(row[field])
    return seen


# ---- judging a cell's connections ----

def judge_cell(conns, seen, server, auth, level, headers):
    need(len(conns) >= 3, 'only', len(conns), 'connections')
    for c in conns:
        dissected = seen[c.number]
        need(sorted(dissected['dcerpc.cn_frag_len']) == sorted(p.len for p in c.pdus), 'tshark sees other PDUs')
        need(set(dissected['dcerpc.pkt_type']) == {p.type for p in c.pdus}, 'tshark sees PDUs of other types')
        need(set(dissected['dcerpc.auth_type']) == {TYPES[auth]}, 'auth types', dissected['dcerpc.auth_type'])
        need(set(dissected['dcerpc.auth_level']) == {LEVELS[level]}, 'auth levels', dissected['dcerpc.auth_level'])
        need(len(set(dissected['dcerpc.auth_ctx_id'])) == 1, 'auth_context_ids', dissected['dcerpc.auth_ctx_id'])
        judge_legs(c, LEGS_WITH_MIC[server] if auth == 'spnego_kerberos' and level != 'connect' else LEGS[auth])
        judge_flags(c, level, headers)
        judge_calls(c, level)


def judge_legs(c, legs):
    """Both sides' first PDUs: these and no others carry a context's tokens, and our first octets are a bind's."""
    ours = [p for p in c.pdus if p.from_client][:sum(t in (BIND, ALTER, AUTH3) for t in legs)]
    theirs = [p for p in c.pdus if not p.from_client][:sum(t in (BIND_ACK, ALTER_RESP) for t in legs)]
    need([p.type for p in ours] == [t for t in legs if t in (BIND, ALTER, AUTH3)], 'our legs', [p.type for p in ours])
    need([p.type for p in theirs] == [t for t in legs if t in (BIND_ACK, ALTER_RESP)], 'its legs', [p.type for p in theirs])
    need(all(p.auth for p in ours), 'a leg of ours without a token')
    need(not any(p.auth for p in c.pdus if p.type in (ALTER, AUTH3) and p not in ours), 'more legs than there are')


def judge_flags(c, level, headers):
    """SUPPORT_HEADER_SIGN: asked for in the bind from packet on, answered likewise, and logged so."""
    asked = headers and level != 'connect'
    bind = next(p for p in c.pdus if p.type == BIND)
    ack = next(p for p in c.pdus if p.type == BIND_ACK)
    need(bool(bind.flags & HEADER_SIGN) == asked, 'the bind has flags', hex(bind.flags))
    need(bool(ack.flags & HEADER_SIGN) == asked, 'the bind_ack has flags', hex(ack.flags))
    need(c.number_of('header_signing') == asked, 'logged', c.facts['header_signing'])


def judge_calls(c, level):
    """From packet on every PDU of a call is protected; at connect none of the server's."""
    calls = [p for p in c.pdus if p.type in (REQUEST, RESPONSE)]
    need(calls, 'no calls')
    bare = [p for p in calls if not p.auth]
    if level == 'connect':
        need(not any(p.auth for p in calls if p.type == RESPONSE), 'a response with a verifier')
    else:
        need(not bare, len(bare), 'PDUs of calls without a verifier')
    need(all(p.len <= c.number_of('frag') for p in calls), 'a fragment of more than', c.facts['frag'])


# ---- judging the others ----

def judge_many(conns, seen):
    """All contexts of one connection are on it, or one on each of many in the same group."""
    conns = [c for c in conns if c.facts['type'] == '*']
    ids = [sorted(set(seen[c.number]['dcerpc.auth_ctx_id'])) for c in conns]
    if len(conns) == 1:
        need(len(ids[0]) == 100, 'tshark sees', len(ids[0]), 'contexts')
        need(sum(p.type == BIND for p in conns[0].pdus) == 1, 'more than one bind')
        need(conns[0].number_of('features') & 1, 'the feature bit was not agreed on')
    else:
        need(len(conns) == 100 and all(len(i) == 1 for i in ids), 'contexts of the connections:', ids)
        need(len({c.facts['group'] for c in conns}) == 1, 'more than one group')
        need(not any(c.number_of('features') for c in conns), 'features that nobody asked for')


def judge_big(conns):
    c = conns[-1]
    for side, kind in ((True, REQUEST), (False, RESPONSE)):
        octets = [p.len for p in c.pdus if p.from_client == side and p.type == kind]
        need(sum(octets) >= 1 << 20 and len(octets) > 150, f'PDU type {kind}: {len(octets)}, {sum(octets)} octets')
        need(max(octets) <= c.number_of('frag'), 'a fragment of', max(octets))


def judge_unsent(conns):
    """The refusal was our own: nothing at all was sent."""
    need(not any(c.pdus for c in conns), 'something was sent')


def judge_wire(cases, conns, seen, server):
    by_case = collections.defaultdict(list)
    for c in conns:
        by_case[c.case].append(c)
    for name, some in by_case.items():
        if m := CELL.match(name):
            cases.run(name + '_wire', judge_cell, some, seen, server, m[1], m[2], not m[3])
        elif name.startswith(('contexts_', 'connections_')):
            cases.run(name + '_wire', judge_many, some, seen)
        elif name.startswith('big'):
            cases.run(name + '_wire', judge_big, some)
        elif name.startswith(('expired', 'unknown_spn')):
            cases.run(name + '_wire', judge_unsent, some)


# ---- what Samba's log says of who came ----

def judge_identities(conns, log):
    came = collections.defaultdict(collections.Counter)
    for by, domain, user, port in AUTHZ.findall(log):
        came[int(port)][(by, domain, user)] += 1
    judged = 0
    for c in conns:
        who, found = c.facts['user'], came[c.number_of('port')]
        if m := CELL.match(c.case):
            want = {(BY[m[1]], samba_dc.DOMAIN, who)}
            need(set(found) == want, c.case, 'port', c.facts['port'], 'was', dict(found), 'not', want)
            judged += 1
        elif c.case == 'contexts_100_on_one_connection' and c.facts['type'] == '*':
            users = collections.Counter(user for by, domain, user in found.elements())
            need(users == {w: 50 for w in who.split(',')}, 'the contexts of one connection were', dict(users))
            judged += 1
        elif c.case.startswith(('wrong_password', 'unknown_user', 'other_key')):
            need(not found, c.case, 'was', dict(found))
    need(judged > 3 * 32, 'only', judged, 'connections judged')


# ---- running it ----

def take_results(cases, said):
    count = 0
    for line in said.splitlines():
        verdict, _, rest = line.partition(' ')
        if verdict == 'ok':
            cases.ok(rest)
        elif verdict == 'failed':
            cases.fail(rest.partition(' ')[0], rest.partition(' ')[2])
        count += verdict in ('ok', 'failed')
    return count


def run_cases(cases, words, capture, environ, least):
    status, said, errors = run_client([*words[:2], capture, *words[2:]], environ)
    count = take_results(cases, said)
    cases.expect('client_ended_in_order', status == 0 and said.endswith('end\n') and count >= least,
                 f'exit {status}, {count} cases', errors[-3000:])
    conns = [Conn(line) for line in said.splitlines() if line.startswith('conn ')]
    connections, seen = read_capture(capture), {}
    need(len(connections) == len(conns), len(connections), 'connections written,', len(conns), 'told')
    for c in conns:
        c.pdus = list(pdus_of(connections[c.number]))
    try:
        seen.update(dissect(connections))
    except AssertionError as e:
        cases.fail('tshark_decodes_all', e)
    else:
        cases.ok('tshark_decodes_all')
        judge_wire(cases, conns, seen, words[1])
    return conns


def kinit(cache, principal, password=None, keytab=None, lifetime='10h'):
    how = ['-k', '-t', keytab] if keytab else []
    done = subprocess.run(['kinit', '-l', lifetime, '-c', cache, *how, principal], capture_output=True, text=True,
                          input=f'{password}\n' if password else None, check=False)
    need(done.returncode == 0, 'kinit:', done.stderr[-500:])
    return f'FILE:{cache}'


def against_samba(client, rest):
    samba_dc.look_or_skip()
    netns.enter()
    cases = Cases()
    with samba_dc.Dc() as dc:
        os.environ.update(dc.environ)
        top = dc.top
        with open(f'{top}/admin', encoding='utf-8') as f:
            admin = f.read().strip()
        capture = f'{rest[1]}/samba.txt' if rest[:1] == ['--keep'] else f'{top}/wire'
        expired = kinit(f'{top}/expired.ccache', f'alice@{samba_dc.REALM}', keytab=f'{top}/alice.keytab', lifetime='1s')
        environ = {
            'DC_SPN': dc.environ['TROTH_DC_SPN'], 'DC_OTHER_SPN': f'krbtgt/{samba_dc.REALM}',
            'DC_DOMAIN': samba_dc.DOMAIN, 'DC_REALM': samba_dc.REALM, 'DC_ROOT': 'DC=samba,DC=test',
            'DC_USER': 'alice', 'DC_PASSWORD_FILE': f'{top}/password', 'DC_CCACHE': dc.environ['KRB5CCNAME'],
            'DC_OTHER_USER': 'Administrator', 'DC_OTHER_PASSWORD_FILE': f'{top}/admin', 'DC_EXPIRED_CCACHE': expired,
            'DC_OTHER_CCACHE': kinit(f'{top}/admin.ccache', f'Administrator@{samba_dc.REALM}', admin)}
        time.sleep(2)  # the first of them ends
        conns = run_cases(cases, [client, 'samba'], capture, environ, EXPECTED)
        cases.run('samba_says_who_came', judge_identities, conns, dc.said())
        if cases.failed:
            print(dc.said()[-3000:])
    return cases.end()


def against_fixture(client, troth, program):
    fixture.enter_realm(troth)
    lab, realm = os.environ['TROTH_LAB'], os.environ['TROTH_LAB_REALM']
    cases, server = Cases(), fixture.Server(program)
    expired = kinit(f'{lab}/expired.ccache', f'alice@{realm}', keytab=f'{lab}/alice.keytab', lifetime='1s')
    fixture.kadmin('addprinc -randkey host/other.example.test')
    environ = {
        'DC_SPN': f'host/{fixture.HOST}', 'DC_OTHER_SPN': 'host/other.example.test', 'DC_DOMAIN': fixture.DOMAIN,
        'DC_REALM': realm, 'DC_ROOT': '', 'DC_USER': 'alice', 'DC_PASSWORD_FILE': f'{lab}/alice.password',
        'DC_CCACHE': kinit(f'{lab}/alice.dc', f'alice@{realm}', keytab=f'{lab}/alice.keytab'),
        'DC_OTHER_USER': 'bob', 'DC_OTHER_PASSWORD_FILE': f'{lab}/bob.password', 'DC_EXPIRED_CCACHE': expired,
        'DC_OTHER_CCACHE': kinit(f'{lab}/bob.dc', f'bob@{realm}', keytab=f'{lab}/bob.keytab')}
    time.sleep(2)
    with server:
        run_cases(cases, [client, 'fixture'], f'{lab}/wire', environ, EXPECTED)
    server.judge(cases)
    if cases.failed:
        print('\n'.join(server.report()), flush=True)
    return cases.end()


def judge_plain(conns):
    kinds = [p.type for c in conns for p in c.pdus]
    need(kinds == [BIND] + 3 * [REQUEST] + [BIND_ACK] + 3 * [RESPONSE], 'PDUs', kinds)
    need(not any(p.auth for c in conns for p in c.pdus), 'a verifier')


def against_impacket(client):
    if not importlib.util.find_spec('impacket'):
        missing('impacket is not installed (Debian package python3-impacket)')
    netns.enter()
    cases, code = Cases(), os.path.join(os.path.dirname(os.path.abspath(__file__)), 'impacket_server.py')
    with subprocess.Popen([sys.executable, code], stdout=subprocess.PIPE, text=True,
                          preexec_fn=netns.die_with_parent) as server, tempfile.TemporaryDirectory() as top:
        port = server.stdout.readline().split()[1]
        conns = run_cases(cases, [client, 'plain', port], f'{top}/wire', {}, 1)
        cases.run('plain_call_wire', judge_plain, conns)
        server.kill()  # it ends in no other way
    return cases.end()


def main(argv):
    what, rest = argv[1:2], argv[2:]
    if what == ['samba'] and rest:
        return against_samba(os.path.abspath(rest[0]), rest[1:])
    if what == ['fixture'] and len(rest) == 3:
        return against_fixture(os.path.abspath(rest[0]), *rest[1:])
    if what == ['impacket'] and len(rest) == 1:
        return against_impacket(os.path.abspath(rest[0]))
    sys.exit(__doc__)


if __name__ == '__main__':
    sys.exit(main(sys.argv))
