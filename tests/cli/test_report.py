"""What the tool says: legs, verdicts, and a hint for each of the failures that people meet."""
import os
import re

from tool import ALICE, LAB, NTLM, REALM, USERS, Server, check, equal, exits, password, run, scratch


def legs(result):
    """The legs of -v as (number, direction, words), without their octets."""
    found = re.findall(r'^  leg (\d) (->|<-)\s+(.*?)\s+([\d]+) octets$', result.stderr.decode(), re.M)
    check(all(int(n) > 0 for *_, n in found), result.stderr)
    return [f'{n} {way} {what}' for n, way, what, _ in found]


def test_one_line_for_each_leg_on_the_wire():
    with Server('--ntlm-users', USERS) as s:
        equal(legs(s.connect('-v', '--level', 'encrypt')),
              ['1 -> SPNEGO NegTokenInit [kerberos*] AP-REQ', '2 <- SPNEGO NegTokenResp accept-completed [kerberos*] AP-REP'])
        equal(legs(s.connect('-v', '--level', 'encrypt', '--mech', 'kerberos')), ['1 -> Kerberos AP-REQ', '2 <- Kerberos AP-REP'])
        equal(legs(s.connect('-v', '--level', 'encrypt', *NTLM)),
              ['1 -> NTLM NEGOTIATE_MESSAGE', '2 <- NTLM CHALLENGE_MESSAGE', '3 -> NTLM AUTHENTICATE_MESSAGE'])
        equal(legs(s.connect('-v', '--level', 'encrypt', '--mech', 'negotiate:ntlm', *NTLM[2:])),
              ['1 -> SPNEGO NegTokenInit [ntlm*] NEGOTIATE_MESSAGE',
               '2 <- SPNEGO NegTokenResp accept-incomplete [ntlm*] CHALLENGE_MESSAGE',
               '3 -> SPNEGO NegTokenResp accept-incomplete AUTHENTICATE_MESSAGE, mechListMIC',
               '4 <- SPNEGO NegTokenResp accept-completed, mechListMIC'])


def hint_of(server, **fields):
    record = server.record(**fields)
    check(record.get('hint'), record)
    return record['hint']


def test_hints_of_names_and_keys():
    with Server('--keytab', os.path.join(LAB, 'host.keytab')) as s:
        exits(s.connect('--spn', 'host/nowhere'), 6, 'TARGET_UNKNOWN', 'name it by --spn')
        exits(s.connect('--spn', 'svc/localhost'), 4, 'does not answer to this service name (--spn)')
        check('klist -k' in hint_of(s, status_name='TARGET_UNKNOWN'), s.text())
    with Server('--keytab', os.path.join(LAB, 'wrong.keytab')) as s:
        exits(s.connect('--spn', 'wrong/localhost'), 4, 'made for another key')
        check('keytab is older' in hint_of(s, status_name='WRONG_PRINCIPAL'), s.text())


def test_hints_of_credentials():
    exits(run('connect', 'nns', 'localhost:1', env={'KRB5CCNAME': 'FILE:' + LAB + '/none'}), 6, 'kinit')
    exits(run('connect', 'nns', 'localhost:1', '--user', ALICE, '--password-file', password('wrong')), 4, 'the password is wrong')
    exits(run('connect', 'nns', 'localhost:1', '--user', 'nobody@' + REALM, '--password-file', password('wrong')), 4,
          'not known to the KDC')
    exits(run('connect', 'nns', 'localhost:1', '--user', 'x@NOWHERE.TEST', '--password-file', password('wrong')), 3, 'krb5.conf')


def test_hints_of_ntlm():
    with Server('--ntlm-users', USERS) as s:
        exits(s.connect(*NTLM[:-1], password('wrong')), 4, 'SEC_E_LOGON_DENIED', 'the password is wrong')
        check('password' in hint_of(s, status_name='DENIED'), s.text())
        exits(s.connect('--mech', 'ntlm', '--user', 'LAB\\nobody', '--password-file', password('wrong')), 4)
    with Server() as s:
        exits(s.connect(*NTLM), 4, 'NTLM is off there')
        check('--ntlm-users' in hint_of(s, status_name='MALFORMED'), s.text())
        exits(s.connect('--level', 'sign', '--mech', 'negotiate:ntlm', *NTLM[2:]), 4, 'NTLM is off there')
        check('--ntlm-users' in hint_of(s, status_name='NO_MECH'), s.text())


def test_hints_of_policy():
    with Server('--level', 'encrypt', '--allow', 'bob@*') as s:
        exits(s.connect('--level', 'sign'), 4, '--level')
        check('raise it there' in hint_of(s, status_name='TOO_LOW'), s.text())
        exits(s.connect('--level', 'encrypt'), 4)
        check('--allow' in hint_of(s, status_name='NOT_ALLOWED'), s.text())
    binding = scratch('binding', b'tls-server-end-point:' + bytes(32))
    with Server('--require-channel-binding', binding) as s:
        exits(s.connect('--level', 'sign'), 4, '--channel-binding')
        check('--channel-binding' in hint_of(s, status_name='BAD_BINDINGS'), s.text())


def test_the_wrong_wire_is_named():
    with Server(wire='net.tcp') as s:
        exits(s.connect('--level', 'sign'), 5, 'nns or net.tcp')
