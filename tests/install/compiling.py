"""What the tests of installed files share: arguments, compiling, and a line for each case."""
import argparse
import shlex
import subprocess
import sys

STRICT = ['-Wall', '-Wextra', '-Wpedantic', '-Wconversion', '-Wshadow', '-Werror']


def arguments():
    p = argparse.ArgumentParser()
    p.add_argument('source')
    p.add_argument('build')
    p.add_argument('--cc', type=shlex.split)
    p.add_argument('--cxx', type=shlex.split)
    p.add_argument('--sanitize', default='none')
    return p.parse_args()


def run(words, **more):
    """Run a command; what it said when it failed."""
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, **more)
    return None if done.returncode == 0 else f'{shlex.join(words)}\n{done.stdout}'


def report(cases):
    """cases: name -> complaint or None. Ends the program."""
    for name, complaint in cases.items():
        if complaint:
            print(complaint)
        print(f'[ RUN      ] {name}\n[  {"FAILED  ] " if complaint else "     OK ] "}{name}')
    sys.exit(any(cases.values()))
