"""The SSPI cells: .NET's NegotiateAuthentication and our SSPI exchange tokens and messages, each behind its length."""
import os

from peers import Program, fact, need, sanitizer

MESSAGES = 4
PACKAGES = {'kerberos': 'Kerberos', 'ntlm': 'NTLM', 'negotiate-kerberos': 'Negotiate', 'negotiate-ntlm': 'Negotiate',
            'managed-ntlm': 'NTLM', 'managed-negotiate': 'Negotiate'}


class Talk:
    """One cell: what both programs are given, and what each must say."""

    def __init__(self, run):
        self.run, self.cell = run, run.cell
        self.package = PACKAGES[self.cell['by']]
        self.kerberos = self.cell['by'].endswith('kerberos')
        self.managed = self.cell['by'].startswith('managed')
        self.identity = [] if self.kerberos else ['LAB', 'alice', run.password_file()]
        # MIT's initiator always asks for confidentiality: then a server that wants to sign is given more
        self.level = self.cell.get('got', run.level)
        # gss_wrap of gss-ntlmssp and Wrap of .NET's NTLM encrypt whatever was agreed on: what signs only is the integrity check
        self.say = 'check' if run.level == 'sign' and not self.kerberos else run.level

    def configuration(self, server):
        path = os.path.join(self.run.args.out, self.cell['name'].replace(':', '.') + '.conf')
        ntlm = [f"users = {os.environ['TROTH_LAB_NTLM_USERS']}", 'domain = LAB', 'host = SERVER'] if server else []
        words = self.cell.get('serve', '').split(',') if server else []
        with open(path, 'w', encoding='utf-8') as f:
            f.write('\n'.join(['[negotiate]', f"ntlm = {'no' if self.kerberos else 'yes'}", '[ntlm]', *ntlm,
                               *(w.replace('=', ' = ') for w in words if w), '']))
        return path

    def ours(self, *args):
        # the realm's keytab and tickets are the process's defaults, which a configuration need not name
        environment = {**os.environ, 'TROTH_SSPI_CONFIG': self.configuration(args[0] == 'server')}
        return Program([self.run.args.sspi_ours, *args], environment, self.run.log)

    def dotnet(self, *args):
        environment = self.run.dotnet_env()
        if not self.kerberos and args[0] == 'server':
            environment['NTLM_USER_FILE'] = os.environ['NTLM_USER_FILE']
        if self.managed:
            environment['MANAGED_NTLM'] = '1'
        return Program([self.run.args.tokens, *args], environment, self.run.log)

    def check(self, ours, dotnet, dotnet_serves):
        need(not sanitizer(ours.errors), 'sanitizer:', sanitizer(ours.errors)[:2])
        mine, theirs = ours.objects(), dotnet.objects()
        need(not fact(theirs, 'failed'), '.NET failed:', fact(theirs, 'failed'), ours.errors[-2:])
        need(ours.proc.returncode == 0, 'ours ended with', ours.proc.returncode, ours.errors[-2:])
        need((fact(mine, 'end') or {}).get('messages') == MESSAGES == (fact(theirs, 'end') or {}).get('messages'), 'messages:', theirs)
        mech = 'Kerberos' if self.kerberos else 'NTLM'
        us, them = fact(mine, 'authenticated'), fact(theirs, 'authenticated')
        need((us['package'], us['mutual'], us['sealed']) == (mech, self.kerberos, self.level == 'encrypt'), 'ours reports', us)
        need((them['Package'], them['IsMutuallyAuthenticated']) == (mech, self.kerberos), '.NET reports', them)
        need(them['Level'] == {'encrypt': 'EncryptAndSign', 'sign': 'Sign'}[self.level], '.NET reports', them)
        name = self.run.identity() if self.kerberos else 'LAB\\alice'
        need((them['Name'] if dotnet_serves else us['name']) == name, 'the initiator is', them['Name'], us['name'])
        wrapped = [m['encrypted'] for m in theirs if m['event'] in ('wrapped', 'unwrapped')]
        need(wrapped == (0 if self.say == 'check' else 2 * MESSAGES) * [self.run.level == 'encrypt'], '.NET on what was encrypted:', wrapped)


def finish(*programs):
    """Both end by themselves."""
    try:
        for p in programs:
            p.proc.wait(30)
    finally:
        for p in programs:
            p.stop()


def run_in(run):
    """.NET initiates."""
    t = Talk(run)
    ours = t.ours('server', t.package, t.say)
    port = ours.wait_for(str.isdigit)
    need(port, 'ours does not listen:', ours.errors[-2:])
    dotnet = t.dotnet('client', port, t.package, run.spn, t.say, *t.identity)
    finish(dotnet, ours)
    t.check(ours, dotnet, False)


def run_out(run):
    """We initiate."""
    t = Talk(run)
    dotnet = t.dotnet('server', t.package, t.say)
    ours = t.ours('client', str(dotnet.port()), t.package, run.spn, t.say, *t.identity)
    finish(ours, dotnet)
    t.check(ours, dotnet, True)
