"""troth passwd: what it writes is judged by Python's hashlib.scrypt."""
import base64
import hashlib
import os
import pty
import re
import select
import stat

import tool
from tool import check, equal, exits, run, scratch

LINE = re.compile(r'\$scrypt\$ln=(\d+),r=(\d+),p=(\d+)\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)')


def lines(path):
    with open(path, encoding='utf-8') as f:
        return f.read().splitlines()


def octets(text):
    return base64.b64decode(text + '=' * (-len(text) % 4), validate=True)


def fits(line, user, word):
    name, _, verifier = line.partition(':')
    ln, r, p, salt, made = LINE.fullmatch(verifier).groups()
    made = octets(made)
    want = hashlib.scrypt(word.encode(), salt=octets(salt), n=1 << int(ln), r=int(r), p=int(p), dklen=len(made),
                          maxmem=128 << 20)
    return name == user and made == want and len(octets(salt)) == 16 and len(made) == 32


def path_of_nothing():
    path = scratch('store', b'')
    os.unlink(path)
    return path


def test_a_user_is_added_changed_and_taken_out():
    path = path_of_nothing()
    exits(run('passwd', path, 'alice', '--password-file', '-', '--cost', '10', data=b's3cret\n'), 0)
    check(fits(lines(path)[0], 'alice', 's3cret') and not fits(lines(path)[0], 'alice', 's3cre'), lines(path))
    equal(stat.S_IMODE(os.stat(path).st_mode), 0o600)
    word = scratch('word', 'passé\r\nanother line\n')
    exits(run('passwd', path, 'bob@other', '--password-file', word), 0)
    check(fits(lines(path)[1], 'bob@other', 'passé') and 'ln=15,' in lines(path)[1], lines(path))
    with open(path, 'a', encoding='utf-8') as f:
        f.write('# the last\n')
    before = lines(path)
    exits(run('passwd', path, 'alice', '--password-file', '-', '--cost', '11', data=b'new'), 0)
    check(fits(lines(path)[0], 'alice', 'new') and 'ln=11,' in lines(path)[0], lines(path))
    equal(lines(path)[1:], before[1:])
    exits(run('passwd', path, 'alice', '--delete'), 0)
    equal(lines(path), before[1:])
    exits(run('passwd', path, 'alice', '--delete'), 7, 'no such user')
    equal(lines(path), before[1:])
    equal([n for n in os.listdir(os.path.dirname(path)) if n.startswith(os.path.basename(path) + '.')], [])


def test_salts_differ():
    path = path_of_nothing()
    for user in ('a', 'b'):
        exits(run('passwd', path, user, '--password-file', '-', '--cost', '10', data=b'same'), 0)
    check(len({x.partition(':')[2] for x in lines(path)}) == 2, lines(path))


def test_what_is_refused():
    path = path_of_nothing()
    for user in ('', '@scope', 'a:b', '#a', 'DOM\\a', 'a\nb'):
        exits(run('passwd', path, user, '--password-file', '-', '--cost', '10', data=b'x'), 2)
    exits(run('passwd', path, 'alice', '--password-file', '-', data=b'\n'), 7, 'no password')
    exits(run('passwd', path, 'alice', '--password-file', '-', data=b'\xff\n'), 2)
    exits(run('passwd', path, 'alice', '--cost', '17', '--password-file', '-', data=b'x'), 2, '--cost')
    exits(run('passwd', path, 'alice', '--delete', '--cost', '12'), 2, '--delete')
    exits(run('passwd', '/nonexistent/dir/users', 'alice', '--cost', '10', '--password-file', '-', data=b'x'), 7)
    check(not os.path.exists(path), 'a file was made')
    broken = scratch('broken', b'# fine\nalice s3cret\n')
    exits(run('passwd', broken, 'bob', '--password-file', '-', '--cost', '10', data=b'x'), 7, 'line 2', 'nothing was changed')
    equal(lines(broken), ['# fine', 'alice s3cret'])


def at_a_terminal(path, *said):
    """Run it with a terminal of its own; what the terminal showed, and the exit code."""
    child, terminal = pty.fork()
    if child == 0:
        os.execv(tool.TROTH, [tool.TROTH, 'passwd', path, 'alice', '--cost', '10'])
    shown, left = b'', list(said)
    while select.select([terminal], [], [], 10)[0]:
        try:
            more = os.read(terminal, 1000)
        except OSError:
            break
        if not more:
            break
        shown += more
        if left and shown.rstrip().endswith(b':'):
            os.write(terminal, left.pop(0))
            shown += b'|'
    os.close(terminal)  # whoever still asks is hung up
    return shown, os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_at_a_terminal_without_echo():
    path = path_of_nothing()
    shown, code = at_a_terminal(path, b's3cret\n', b's3cret\n')
    equal(code, 0, shown)
    check(b's3cret' not in shown and b'Password:' in shown and b'Again:' in shown, shown)
    check(fits(lines(path)[0], 'alice', 's3cret'), lines(path))
    shown, code = at_a_terminal(path, b'one\n', b'other\n')
    equal(code, 7, shown)
    check(b'not the same' in shown, shown)
    check(fits(lines(path)[0], 'alice', 's3cret'), lines(path))
