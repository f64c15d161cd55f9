"""A program written for Windows: with one -I and one -l it compiles in every dialect, and runs. What the library exports."""
import os
import re
import subprocess
import tempfile

from compiling import STRICT, arguments, report, run

args = arguments()
HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAM = os.path.join(HERE, 'windows_program.c')
INCLUDE = os.path.join(args.source, 'include/troth/win')
LIBRARY = os.path.join(args.build, 'libtroth-sspi.so')
USERS = 'User:1000:' + 32 * 'X' + ':a4f49c406510bdcab6824ee7c30fd852:[U          ]:LCT-00000000:\n'  # "Password"

TEXTS = {'ansi': [], 'unicode': ['-DUNICODE', '-D_UNICODE'], 'short_wchar': ['-DUNICODE', '-D_UNICODE', '-fshort-wchar']}
DIALECTS = {'c99': (args.cc, ['-xc', '-std=c99']), 'c11': (args.cc, ['-xc', '-std=c11']),
            'gnu17': (args.cc, ['-xc', '-std=gnu17']), 'cpp17': (args.cxx, ['-xc++', '-std=c++17'])}


def talks(program, environment):
    done = subprocess.run([program], env=environment, capture_output=True, text=True, check=False)
    return None if done.returncode == 0 and done.stdout == 'talked as DOM\\User\n' else f'{done}'


def programs(folder):
    users, conf = os.path.join(folder, 'users'), os.path.join(folder, 'sspi.conf')
    with open(users, 'w', encoding='utf-8') as f:
        f.write(USERS)
    os.chmod(users, 0o600)
    with open(conf, 'w', encoding='utf-8') as f:
        f.write(f'[ntlm]\nusers = {users}\ndomain = DOM\nhost = SERVER\n')
    environment = {**os.environ, 'TROTH_SSPI_CONFIG': conf, 'LD_LIBRARY_PATH': args.build}
    extra = [] if args.sanitize == 'none' else ['-fsanitize=' + args.sanitize]
    cases = {}
    for dialect, (compiler, options) in DIALECTS.items():
        for text, macros in TEXTS.items():
            if not compiler or (dialect == 'c99' and text == 'unicode'):  # which has no u""
                continue
            name, out = f'{dialect}_{text}', os.path.join(folder, f'{dialect}_{text}')
            cases['compiles_' + name] = run([*compiler, *options, *STRICT, *extra, *macros, '-I', INCLUDE, '-o', out, PROGRAM,
                                             '-L', args.build, '-ltroth-sspi', '-Wl,--allow-shlib-undefined'])
            cases['talks_' + name] = cases['compiles_' + name] or talks(out, environment)
    return cases


def exports():
    """What the library gives out is what the headers declare, under one version, and nothing else."""
    declared = set()
    for name in ('sspi.h', 'flags.h', 'win/sspi_attrs.h', 'win/sspi_table.h', 'win/wincrypt.h', 'win/schannel.h'):
        with open(os.path.join(args.source, 'include/troth', name), encoding='utf-8') as f:
            text = re.sub(r'/\*.*?\*/', '', f.read(), flags=re.S)
        text = '\n'.join(line for line in text.splitlines() if not re.match(r'\s*(typedef|#)', line))
        declared |= set(re.findall(r'^(?:\w[\w ]*[ *])(?:SEC_ENTRY |WINAPI )?(\w+)\(', text, flags=re.M))
    done = subprocess.run(['nm', '-D', '--defined-only', '--with-symbol-versions', LIBRARY], capture_output=True, text=True, check=True)
    found = {line.split()[2] for line in done.stdout.splitlines() if line.split()[1] != 'A'}
    unversioned = sorted(s for s in found if '@@TROTH_SSPI_' not in s)
    names = {s.split('@')[0] for s in found}
    return {'every_symbol_has_a_version': f'{unversioned}' if unversioned else None,
            'exports_what_is_declared': f'not exported: {sorted(declared - names)}' if declared - names else None,
            'exports_nothing_else': f'not declared: {sorted(names - declared)}' if names - declared else None}


with tempfile.TemporaryDirectory(prefix='troth-windows-') as root:
    all_cases = {**programs(root), **exports()}
report(all_cases)
