#!/usr/bin/python3
"""A Samba Active Directory DC that lives as long as one command, on 127.0.0.1 in a network of its own.

usage: samba_dc.py run -- COMMAND...             provision once, start a fresh copy, run the command, end the DC
       samba_dc.py provision                     only make the template
       samba_dc.py stale                         exit 0 when the template would have to be made

The command finds in its environment:
  TROTH_DC_ADDRESS   127.0.0.1                  TROTH_DC_HOST      dc1.samba.test (resolves there, too)
  TROTH_DC_REALM     SAMBA.TEST                 TROTH_DC_DOMAIN    SAMBATEST
  TROTH_DC_USER      alice                      TROTH_DC_PASSWORD_FILE  her password, one line
  TROTH_DC_PRINCIPAL alice@SAMBA.TEST           TROTH_DC_KEYTAB    her keytab
  TROTH_DC_SPN       host/dc1.samba.test        TROTH_DC_LOG       what the server logged
  TROTH_DC_SMB_CONF  for Samba's own tools      TROTH_DC_DIR       all files of the DC
  KRB5_CONFIG        of the realm               KRB5CCNAME         a cache with alice's ticket, made by kinit
Port 135 has the endpoint mapper; the other endpoints are to be asked for there. Exit 77: Samba is not installed, or no
network of its own can be made.
"""
import fcntl
import hashlib
import inspect
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import netns  # noqa: E402

PYTHON = '/usr/bin/python3'  # the one that has Debian's modules
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
REALM, DOMAIN, USER, HOST, ADDRESS = 'SAMBA.TEST', 'SAMBATEST', 'alice', 'dc1.samba.test', '127.0.0.1'
NEEDED = {'samba': 'samba', 'samba-tool': 'samba-common-bin', 'kinit': 'krb5-user', 'ip': 'iproute2'}
DIRECTORIES = ('private', 'state', 'cache', 'lock', 'pid', 'ncalrpc', 'log', 'winbindd', 'bind-dns', 'sysvol')

SMB_CONF = """[global]
    netbios name = DC1
    realm = SAMBA.TEST
    workgroup = SAMBATEST
    server role = active directory domain controller
    server services = rpc, kdc, ldap
    allow dcerpc auth level connect:lsarpc = yes
    interfaces = lo
    bind interfaces only = yes
    log file = {top}/log/samba.log
    log level = 1 auth_audit:4
    max log size = 0
    debug hires timestamp = no
    private dir = {top}/private
    state directory = {top}/state
    cache directory = {top}/cache
    lock directory = {top}/lock
    pid directory = {top}/pid
    ncalrpc dir = {top}/ncalrpc
    winbindd socket directory = {top}/winbindd
    binddns dir = {top}/bind-dns
    panic action = /bin/true
    ldap server require strong auth = no
    tls enabled = no
    rpc server dynamic port range = 49152-49999
[sysvol]
    path = {top}/sysvol
[netlogon]
    path = {top}/sysvol
"""

KRB5_CONF = """[libdefaults]
    default_realm = SAMBA.TEST
    dns_lookup_kdc = false
    dns_lookup_realm = false
    dns_canonicalize_hostname = false
    rdns = false
    qualify_shortname = ""
    udp_preference_limit = 1
[realms]
    SAMBA.TEST = {
        kdc = 127.0.0.1:88
    }
[domain_realm]
    .samba.test = SAMBA.TEST
    dc1.samba.test = SAMBA.TEST
"""


class Missing(Exception):
    """A program is not here; its text names the package."""


def look_for_programs():
    os.environ['PATH'] += ':/usr/local/sbin:/usr/sbin:/sbin'
    for program, package in NEEDED.items():
        if not shutil.which(program):
            raise Missing(f'{program} is not installed (Debian package {package})')
    if not os.path.isdir('/usr/share/samba/setup/ad-schema'):
        raise Missing('the schema for provisioning is not installed (Debian package samba-ad-provision)')


def look_or_skip():
    try:
        look_for_programs()
    except Missing as e:
        print(f'SKIP: {e}', flush=True)
        sys.exit(77)


def write(path, text):
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)


def configure(top):
    for name in DIRECTORIES:
        os.makedirs(f'{top}/{name}', mode=0o755, exist_ok=True)
    write(f'{top}/smb.conf', SMB_CONF.format(top=top))
    write(f'{top}/krb5.conf', KRB5_CONF)


def run(words, top, timeout=180, **more):
    log = f'{top}/log/{os.path.basename(words[0])}.log'
    with open(log, 'ab') as out:
        done = subprocess.run(words, stdout=out, stderr=out, timeout=timeout, check=False,
                              env={**os.environ, 'KRB5_CONFIG': f'{top}/krb5.conf'}, **more)
    if done.returncode:
        with open(log, encoding='utf-8', errors='replace') as f:
            raise RuntimeError(f"{' '.join(words[:3])} ended with {done.returncode}: {f.read()[-1500:]}")


def template_path():
    """One template for each version of Samba and of what fills it."""
    version = subprocess.run(['samba', '-V'], capture_output=True, check=True, text=True).stdout
    name = hashlib.sha256((version + inspect.getsource(fill_template) + SMB_CONF).encode()).hexdigest()[:16]
    cache = os.environ.get('TROTH_DC_CACHE') or os.path.join(ROOT, 'build', 'samba-dc')
    os.makedirs(cache, exist_ok=True)
    return os.path.join(cache, name)


def fill_template(top):
    configure(top)
    os.remove(f'{top}/smb.conf')  # provisioning writes one of its own and would refuse to touch ours
    write(f'{top}/admin', f'A1-{secrets.token_urlsafe(12)}\n')
    run([PYTHON, os.path.join(HERE, 'samba_provision.py'), top, f'{top}/admin'], top)
    shutil.rmtree(f'{top}/etc')
    configure(top)
    password = f'a1-{secrets.token_urlsafe(12)}'
    write(f'{top}/password', password + '\n')
    os.chmod(f'{top}/password', 0o600)
    run(['samba-tool', 'user', 'create', USER, password, f'--configfile={top}/smb.conf',
         '-H', f'{top}/private/sam.ldb'], top)
    run(['samba-tool', 'user', 'setexpiry', USER, '--noexpiry', f'--configfile={top}/smb.conf',
         '-H', f'{top}/private/sam.ldb'], top)
    run(['samba-tool', 'domain', 'exportkeytab', f'{top}/alice.keytab', f'--principal={USER}@{REALM}',
         f'--configfile={top}/smb.conf'], top)


def template():
    """The provisioned directory; made by the first who asks, used by all."""
    path = template_path()
    with open(path + '.lock', 'w', encoding='ascii') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not os.path.isdir(path):
            making = tempfile.mkdtemp(prefix='new.', dir=os.path.dirname(path))
            try:
                fill_template(making)
                os.rename(making, path)
            finally:
                shutil.rmtree(making, ignore_errors=True)
    return path


def answers(port):
    try:
        with socket.create_connection((ADDRESS, port), 1):
            return True
    except OSError:
        return False


class Dc:
    """with Dc() as dc: ... dc.environ has what a client needs."""

    def __init__(self):
        self.process = None
        self.top = tempfile.mkdtemp(prefix='troth-dc-', dir='/dev/shm' if os.access('/dev/shm', os.W_OK) else None)
        self.environ = {
            'TROTH_DC_ADDRESS': ADDRESS, 'TROTH_DC_HOST': HOST, 'TROTH_DC_REALM': REALM, 'TROTH_DC_DOMAIN': DOMAIN,
            'TROTH_DC_USER': USER, 'TROTH_DC_PRINCIPAL': f'{USER}@{REALM}', 'TROTH_DC_SPN': f'host/{HOST}',
            'TROTH_DC_DIR': self.top, 'TROTH_DC_PASSWORD_FILE': f'{self.top}/password',
            'TROTH_DC_KEYTAB': f'{self.top}/alice.keytab', 'TROTH_DC_LOG': f'{self.top}/log/stdout',
            'TROTH_DC_SMB_CONF': f'{self.top}/smb.conf', 'KRB5_CONFIG': f'{self.top}/krb5.conf',
            'KRB5CCNAME': f'FILE:{self.top}/alice.ccache',
        }

    def start(self, seconds=40):
        source = template()
        subprocess.run(['cp', '-a', '--sparse=always', source + '/.', self.top], check=True)
        configure(self.top)
        with open(f'{self.top}/log/stdout', 'ab') as out:
            self.process = subprocess.Popen(['samba', '-i', '-M', 'single', f'--configfile={self.top}/smb.conf'],
                                            stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                            preexec_fn=netns.die_with_parent, start_new_session=True,
                                            env={**os.environ, 'KRB5_CONFIG': f'{self.top}/krb5.conf'})
        end = time.monotonic() + seconds
        while not all(answers(p) for p in (135, 88)):
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f'samba does not answer: {self.said()[-2000:]}')
            time.sleep(0.05)
        run(['kinit', '-k', '-t', f'{self.top}/alice.keytab', '-c', f'{self.top}/alice.ccache', f'{USER}@{REALM}'],
            self.top)

    def said(self):
        with open(f'{self.top}/log/stdout', encoding='utf-8', errors='replace') as f:
            return f.read()

    def password(self):
        with open(f'{self.top}/password', encoding='utf-8') as f:
            return f.read().rstrip('\n')

    def as_peer(self):
        """The variables that raw.py and torture.py use."""
        return {'SERVER': ADDRESS, 'TARGET_HOSTNAME': HOST, 'USERNAME': USER, 'PASSWORD': self.password(),
                'DOMAIN': DOMAIN, 'REALM': REALM, 'SMB_CONF_PATH': f'{self.top}/smb.conf', 'MAX_NUM_AUTH': '2049',
                'AUTH_LEVEL_CONNECT_LSA': '1'}

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.top, ignore_errors=True)

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *exc):
        self.stop()


def main(argv):
    look_or_skip()
    if argv[1:] == ['provision']:
        print(template())
        return 0
    if argv[1:] == ['stale']:
        return 1 if os.path.isdir(template_path()) else 0
    command = argv[3:]
    if argv[1:3] != ['run', '--'] or not command:
        sys.exit(__doc__)
    netns.enter()
    with Dc() as dc:
        return subprocess.run(command, env={**os.environ, **dc.environ}, check=False).returncode


if __name__ == '__main__':
    sys.exit(main(sys.argv))
