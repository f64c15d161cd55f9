"""troth lab: what it makes, and that nothing of it stays."""
import os
import re
import socket
import tempfile

import tool
from tool import check, equal, run, wait_for


def running(pid_file):
    """Whether the process of a pid file runs; one that waits to be reaped does not."""
    with open(f'/proc/{pid_file}/stat', encoding='utf-8') as f:
        return f.read().rsplit(')', 1)[1].split()[0] != 'Z'


def gone(pid):
    try:
        return not running(pid)
    except FileNotFoundError:
        return True


def test_the_backend_echoes():
    host, port = os.environ['TROTH_LAB_BACKEND'].rsplit(':', 1)
    data = os.urandom(1 << 20)
    with socket.create_connection((host, int(port)), 5) as s:
        s.sendall(data[:1000])
        got = b''
        while len(got) < 1000:
            got += s.recv(1000)
        equal(got, data[:1000])
        s.shutdown(socket.SHUT_WR)
        equal(s.recv(10), b'')


def test_serve_in_front_of_the_backend():
    with tool.Server('--backend', os.environ['TROTH_LAB_BACKEND'], echo=False) as s:
        data = os.urandom(1 << 20)
        r = s.connect('--level', 'encrypt', data=data)
        equal((r.returncode, r.stdout), (0, data), r.stderr)


def test_up_and_down():
    text = run('lab', 'up').stdout.decode()  # its end is seen only when nothing it started holds its output
    lab = re.search(r"TROTH_LAB='([^']+)'", text)[1]
    check(os.path.isdir(lab), text)
    pids = [open(os.path.join(lab, f), encoding='utf-8').read().strip() for f in ('kdc.pid', 'echo.pid', 'rpc.pid')]
    check(all(running(p) for p in pids), pids)
    equal(run('lab', 'down', lab + '/').returncode, 0)
    wait_for('the end of its processes', lambda: all(gone(p) for p in pids))
    check(not os.path.exists(lab), 'its directory is still there')


def test_run_passes_the_exit_status_on():
    equal(run('lab', 'run', '--', 'sh', '-c', 'exit 7').returncode, 7)
    r = run('lab', 'run', '--', 'sh', '-c', 'echo $TROTH_LAB; cat $TROTH_LAB/echo.pid')
    lab, pid = r.stdout.decode().split()
    check(not os.path.exists(lab), 'its directory is still there')
    check(gone(pid), 'its backend still runs')


def test_a_directory_that_is_no_lab_is_left_alone():
    """Whatever looks a little like a lab; all of it lies in the lab of this run, so that a failure here harms nobody."""
    with tempfile.TemporaryDirectory(dir=os.environ['TROTH_LAB']) as top:
        for name, mark in (('plain', None), ('data', 'troth lab\n'), ('troth-lab-a', None), ('troth-lab-b', ''),
                           ('troth-lab-c', 'troth lab\nand more'), ('troth-lab-d', 'something else')):
            folder = os.path.join(top, name)
            os.mkdir(folder)
            keep = [os.path.join(folder, 'precious')]
            if mark is not None:
                keep.append(os.path.join(folder, 'lab'))
            for path in keep:
                with open(path, 'w', encoding='utf-8') as f:
                    f.write(mark or '')
            refused(folder, keep)
        os.makedirs(os.path.join(top, 'troth-lab-e', 'lab', 'precious'))  # a folder with the mark's name
        refused(os.path.join(top, 'troth-lab-e'), [os.path.join(top, 'troth-lab-e', 'lab', 'precious')])
        os.symlink(os.environ['TROTH_LAB'], os.path.join(top, 'troth-lab-f'))
        refused(os.path.join(top, 'troth-lab-f'), [os.environ['TROTH_LAB_NTLM_USERS']])
    equal(run('lab').returncode, 2)


def refused(folder, keep):
    r = run('lab', 'down', folder)
    equal(r.returncode, 1, folder)
    check(f'{folder} is not a lab' in r.stderr.decode(), r.stderr)
    check(all(os.path.exists(k) for k in keep), f'{folder} was touched')
