#!/usr/bin/python3
"""Run a command in a network of its own, with nothing but loopback, and end whatever it leaves behind.

usage: netns.py COMMAND...

Port 135 and the port of a KDC are free there, for root and for everybody else (unshare -n, or -rn without privilege).
/etc/hosts is replaced by NAMES for this command alone. Exit 77: this kernel lets us make no network; else the status of
the command.
"""
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time

MARK = 'TROTH_NETNS'
NAMES = ['localhost', 'dc1.samba.test', 'dc1', 'rpc.example.test', 'rpc']  # all of them 127.0.0.1
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36


def prctl(what, value):
    ctypes.CDLL(None).prctl(what, value, 0, 0, 0)


def die_with_parent():
    """For preexec_fn: an end of ours, however sudden, ends the child."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def unshare():
    """The command that makes the network, or None."""
    for words in (['unshare', '-mn'], ['unshare', '-rmn']):
        try:
            if subprocess.run([*words, 'ip', 'link', 'set', 'lo', 'up'], capture_output=True, check=False).returncode == 0:
                return words
        except FileNotFoundError:
            return None
    return None


def inside():
    return bool(os.environ.get(MARK))


def enter():
    """Start this program anew in a network of its own, unless it runs in one already."""
    if inside():
        return
    words = unshare()
    if not words:
        print('SKIP: no network of its own can be made here (unshare -n and unshare -rn both fail)', flush=True)
        sys.exit(77)
    me = os.path.abspath(__file__)
    os.execvp(words[0], [*words, sys.executable, me, '--inside', sys.executable, os.path.abspath(sys.argv[0]), *sys.argv[1:]])


def children():
    """The processes that are ours to reap; grandchildren whose parent ended come to us, the subreaper."""
    with open(f'/proc/self/task/{os.getpid()}/children', encoding='ascii') as f:
        return [int(x) for x in f.read().split()]


def end_leftovers():
    for number in (signal.SIGTERM, signal.SIGKILL):
        end = time.monotonic() + 2
        while left := children():
            for pid in left:
                try:
                    os.kill(pid, number)
                except ProcessLookupError:
                    pass
            while True:
                try:
                    if not os.waitpid(-1, os.WNOHANG)[0]:
                        break
                except ChildProcessError:
                    return
            if number == signal.SIGTERM and time.monotonic() > end:
                break
            time.sleep(0.02)


def name_hosts():
    with tempfile.NamedTemporaryFile('w', prefix='hosts.') as f:
        f.write(f"127.0.0.1 {' '.join(NAMES)}\n")
        f.flush()
        os.chmod(f.name, 0o644)
        subprocess.run(['mount', '--bind', f.name, '/etc/hosts'], check=True)


def supervise(command):
    prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    subprocess.run(['ip', 'link', 'set', 'lo', 'up'], check=True)
    name_hosts()
    os.environ[MARK] = '1'
    child = subprocess.Popen(command, preexec_fn=die_with_parent)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda n, frame: child.send_signal(n))
    try:
        status = child.wait()
    finally:
        end_leftovers()
    return status if status >= 0 else 128 - status


if __name__ == '__main__':
    if sys.argv[1:2] == ['--inside']:
        sys.exit(supervise(sys.argv[2:]))
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    chosen = unshare()
    if not chosen:
        print('SKIP: no network of its own can be made here (unshare -n and unshare -rn both fail)', flush=True)
        sys.exit(77)
    os.execvp(chosen[0], [*chosen, sys.executable, os.path.abspath(__file__), '--inside', *sys.argv[1:]])
