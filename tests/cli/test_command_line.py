"""Usage, credential files, exit codes: what can be refused before anything is sent."""
from tool import LAB, NTLM, REALM, USERS, password, run, scratch, equal, exits, check

HERE = ['--listen', '127.0.0.1:0']


def test_usage_errors_name_the_option():
    for args, name in [
            (['serve', 'nns', '--echo'], '--listen'),
            (['serve', 'nns', *HERE], '--backend'),
            (['serve', 'nns', *HERE, '--echo', '--backend', 'unix:/x'], '--echo'),
            (['serve', 'nns', *HERE, '--echo', '--level', 'high'], '--level'),
            (['serve', 'nns', *HERE, '--echo', '--mech', 'ntlm'], '--ntlm-users'),
            (['serve', 'nns', *HERE, '--echo', '--mech', 'negotiate:kerberos,ntlm'], '--ntlm-users'),
            (['serve', 'nns', *HERE, '--echo', '--mech', 'kerberos', '--ntlm-users', USERS], '--ntlm-users'),
            (['serve', 'nns', *HERE, '--echo', '--mech', 'digest'], '--mech'),
            (['serve', 'nns', *HERE, '--echo', '--ntlm-without-mic'], '--ntlm-without-mic'),
            (['serve', 'nns', *HERE, '--echo', '--proxy-protocol'], '--proxy-protocol'),
            (['serve', 'nns', *HERE, '--backend', '192.0.2.1:7'], '--unsafe-backend'),
            (['serve', 'nns', *HERE, '--echo', '--idle-timeout', '5 s'], '--idle-timeout'),
            (['serve', 'nns', *HERE, '--backend', 'nonsense'], 'HOST:PORT or unix:PATH'),
            (['serve', 'nns', '--listen', '127.0.0.1', '--echo'], '--listen 127.0.0.1: give HOST:PORT'),
            (['connect', 'nns', 'localhost:99999'], 'up to 65535'),
            (['serve', 'rpc', *HERE, '--echo'], 'rpc'),
            (['serve'], 'nns|net.tcp'),
            (['connect', 'nns'], 'HOST:PORT'),
            (['connect', 'nns', 'localhost'], 'HOST:PORT'),
            (['connect', 'nns', 'localhost:1', '--envelope'], '--envelope'),
            (['connect', 'nns', 'localhost:1', '--mech', 'ntlm'], '--user'),
            (['connect', 'nns', 'localhost:1', '--user', 'LAB\\alice'], '--password-file'),
            (['connect', 'nns', 'localhost:1', '--user', 'LAB\\alice', '--password-file', 'x'], 'NTLM'),
            (['connect', 'nns', 'localhost:1', '--keytab', 'x'], '--principal'),
            (['connect', 'nns', 'localhost:1', '--nonsense'], '--nonsense'),
            (['bench', 'nns'], '--loopback'), (['bench', 'nns', '--loopback', '--rounds', '0'], '--rounds'),
            (['decode', 'all', 'x'], 'ior'), (['decode', 'ior'], 'IOR'),
            (['fsm', 'nothing'], 'nothing'), (['nothing'], 'nothing'), ([], 'COMMAND')]:
        exits(run(*args), 2, name)


def test_help_goes_to_stdout():
    for command in ('serve', 'connect', 'bench', 'decode', 'fsm'):
        result = run(command, '--help')
        equal(result.returncode, 0)
        check(result.stdout.startswith(b'usage: troth ' + command.encode()), result.stdout)
        equal(result.stderr, b'')


def test_a_bad_users_file_names_its_line():
    good = open(USERS, encoding='utf-8').read()
    bad = scratch('users', good + 'carol:1000:nonsense\n')
    line = good.count('\n') + 1
    exits(run('serve', 'nns', *HERE, '--echo', '--ntlm-users', bad), 7, f'{bad}:{line}:')


def test_files_that_are_not_there():
    exits(run('serve', 'nns', *HERE, '--echo', '--mech', 'ntlm', '--ntlm-users', LAB + '/none'), 7, LAB + '/none')
    exits(run('connect', 'nns', 'localhost:1', *NTLM[:-1], LAB + '/none'), 7, LAB + '/none')
    result = run('serve', 'nns', *HERE, '--echo', '--keytab', LAB + '/none')
    check(result.returncode in (6, 7), result)
    check(b'keytab' in result.stderr.lower() or b'none' in result.stderr, result.stderr)


def test_an_empty_password_is_refused_with_its_line():
    exits(run('connect', 'nns', 'localhost:1', *NTLM[:-1], scratch('empty', '\n')), 7, 'line 1')


def test_no_ticket_no_connection():
    exits(run('connect', 'nns', 'localhost:1', env={'KRB5CCNAME': 'FILE:' + LAB + '/none'}), 6, 'FAILED')


def test_a_ticket_cache_that_cannot_be_used_is_named():
    bad = 'FILE:' + scratch('cache', 'garbage')
    exits(run('connect', 'nns', 'localhost:1', '--ccache', bad), 6, 'FAILED', bad)


def test_a_wrong_kerberos_password():
    exits(run('connect', 'nns', 'localhost:1', '--user', f'alice@{REALM}', '--password-file', password('wrong')), 4, 'DENIED')


def test_nobody_listens():
    exits(run('connect', 'nns', 'localhost:1'), 3, 'FAILED', 'refused')


def test_a_name_that_nobody_knows():
    exits(run('connect', 'nns', 'nowhere.invalid:1'), 3, 'nowhere.invalid:1', 'no address is known')
    exits(run('serve', 'nns', '--listen', 'nowhere.invalid:1', '--echo'), 3, 'nowhere.invalid:1', 'no address is known')


def test_an_address_that_cannot_be_had():
    exits(run('serve', 'nns', '--listen', '192.0.2.1:9', '--echo'), 3, '--listen 192.0.2.1:9')


def test_machines_are_printed():
    names = [x.split()[0] for x in run('fsm').stdout.decode().splitlines()]
    check('nns_client' in names and 'nns_server' in names, names)
    for name in names:
        check(run('fsm', name, '--md').stdout.startswith(b'# '), name)
        check(run('fsm', name, '--dot').stdout.startswith(b'digraph ' + name.encode()), name)
