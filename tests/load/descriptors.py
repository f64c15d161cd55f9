"""More clients than descriptors: established streams go on, and later ones are served when descriptors return.

usage: descriptors.py TROTH
"""
import os
import resource
import socket
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), 'cli'))
import tool  # noqa: E402
from tool import NTLM, USERS, Server, check, equal, exits, wait_for  # noqa: E402

SPARE, PEERS = 10, 60


def descriptors(pid):
    return len(os.listdir(f'/proc/{pid}/fd'))


def cpu_seconds(pid):
    with open(f'/proc/{pid}/stat', encoding='utf-8') as f:
        words = f.read().rsplit(')', 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf('SC_CLK_TCK')


def say(stream, data):
    stream.stdin.write(data)
    stream.stdin.flush()
    equal(stream.stdout.read(len(data)), data)


def answers(s):
    r = s.connect('--level', 'encrypt', *NTLM)
    return r.returncode == 0 and r.stdout == b'hello'


def main():
    with Server('--ntlm-users', USERS) as s:
        pid = s.process.pid
        good = [s.open('--level', 'encrypt', *mech) for mech in ([], NTLM)]
        peers = []
        try:
            for g in good:
                say(g, b'before')
            exits(s.connect('--level', 'encrypt', *NTLM), 0)
            limit = descriptors(pid) + SPARE
            resource.prlimit(pid, resource.RLIMIT_NOFILE, (limit, limit))
            peers = [socket.create_connection(('127.0.0.1', s.port), 5) for _ in range(PEERS)]
            wait_for('the last descriptor', lambda: descriptors(pid) >= limit - 1)
            before = cpu_seconds(pid)
            for i in range(20):
                for g in good:
                    say(g, os.urandom(1 + 3001 * i))
                time.sleep(0.05)
            check(cpu_seconds(pid) - before < 0.5, 'the server spins while it has no descriptor')
            check(s.process.poll() is None, s.text())
            check(descriptors(pid) <= limit, 'the limit did not hold')
            late = s.connect('--level', 'encrypt', *NTLM)
            check(late.returncode != 0, 'there was a descriptor left: this test shows nothing')
            for p in peers:
                p.close()
            wait_for('a new stream, once descriptors are back', lambda: answers(s))
            for g in good:
                say(g, b'after')
                g.stdin.close()
                equal(g.wait(10), 0)
            equal(s.end(), 0)
        finally:
            for x in peers:
                x.close()
            for g in good:
                if g.poll() is None:
                    g.kill()
                g.wait()


tool.TROTH = os.path.abspath(sys.argv[1])
if os.environ.get('TROTH_LAB'):
    main()
else:
    sys.exit(subprocess.run([tool.TROTH, 'lab', 'run', '--', sys.executable, os.path.abspath(__file__), tool.TROTH],
                            check=False).returncode)
