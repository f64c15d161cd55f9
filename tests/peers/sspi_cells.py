#!/usr/bin/python3
"""The same questions to our SSPI and to WinPR's, and docs/wire/sspi-winpr.md, which records where the answers differ.

usage: sspi_cells.py OURS WINPR VERSION [--write]

OURS and WINPR are sspi_cells built with each; VERSION is WinPR's. Every difference has to have a reason below. Without
--write the answers must be those that are recorded; 77 = they were recorded of another WinPR.
"""
import difflib
import fnmatch
import os
import re
import subprocess
import sys
import tempfile

DOC = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../docs/wire/sspi-winpr.md')
USERS = 'User:1000:' + 32 * 'X' + ':a4f49c406510bdcab6824ee7c30fd852:[U          ]:LCT-00000000:\n'  # "Password"

# Heading, why ours is as it is, and the cells it holds for; the first that fits counts.
REASONS = [
    ('What was granted', 'WinPR\'s NTLM never writes `*pfContextAttr`, so its callers cannot tell what they got. Ours tells each side '
     'what holds, and nothing that was not asked for (CR-2, CR-3); kinds of context that exclude each other, and prompting without '
     'a terminal, are refused at once (CR-14, CR-10), nobody only comes in where nobody may (CR-8).', ['requirement / *', 'requirement, * / *']),
    ('Where the token goes', 'Too little room is `BUFFER_TOO_SMALL`, with the octets needed in `cbBuffer` unless it was 0 (CR-12); WinPR '
     'has several answers, and dies of some lists. A list of another version, with two TOKENs, or with one that must not be '
     'written, is no list of ours.', ['output of *']),
    ('Handles', 'A handle that is none is `INVALID_HANDLE` for every call. WinPR looks for its package first. One deleted already is no '
     'error.', ['* / handle of zeros', '* / invalid handle', '* / initiator, deleted', 'package / FreeCredentialsHandle of zeros']),
    ('CompleteAuthToken', 'WinPR\'s acceptor judges the last token only here. Ours has judged it already, and has nothing to do.',
     ['CompleteAuthToken / *']),
    ('Contexts that are not established', 'There are no keys yet, or none that may be used: protection and queries are `INVALID_HANDLE` '
     'before the end, and a context that failed keeps its error. WinPR answers queries, and dies of messages.',
     ['* / initiator, begun', '* / acceptor, begun', '* / initiator, failed', '* / acceptor, failed']),
    ('What WinPR leaves out', 'Signatures, most queries, and the second leg without a credential are not there, and a thread is said to be '
     'impersonating when nothing has changed. Ours says that it does not (`UNSUPPORTED_FUNCTION`, or `NO_IMPERSONATION` on the '
     'initiator\'s side).',
     ['MakeSignature / *', 'VerifySignature / *', 'QueryContextAttributes* / *', 'ImpersonateSecurityContext / *',
      'RevertSecurityContext / *', 'QuerySecurityContextToken / *', 'ExportSecurityContext / *', 'second leg / *']),
    ('Lists of messages', 'Ours writes no octet beyond a TOKEN or into a READONLY one, tells in `cbBuffer` what was used, and takes no '
     'buffer whose type it does not know.', ['list of EncryptMessage / *']),
    ('Refused messages', 'What was refused is wiped and leaves the context as it was, and an order that is wrong is told from an altered '
     'octet. WinPR leaves the unverified text in the caller\'s buffer, and never again verifies a message after one that failed.',
     ['message / *']),
    ('Packages', 'Names are compared without regard to case, an output is left alone by a call that fails, and `Reserved3` and `Reserved4` '
     'of the table are the message functions. Capabilities are those that are there.', ['package / *']),
]


def answers(program, environment):
    done = subprocess.run([program], capture_output=True, text=True, timeout=90, check=False, env=environment)
    if done.returncode:
        sys.exit(f'{program} ended with {done.returncode}: {done.stderr[-500:]}')
    cells = dict(line.split('\t', 1) for line in done.stdout.splitlines())
    return {cell: re.sub(r'^ ', '', answer) for cell, answer in cells.items()}


def ask_both(ours, winpr):
    with tempfile.TemporaryDirectory(prefix='troth-sspi-') as root:
        users, conf = os.path.join(root, 'users'), os.path.join(root, 'sspi.conf')
        with open(users, 'w', encoding='utf-8') as f:
            f.write(USERS)
        os.chmod(users, 0o600)
        with open(conf, 'w', encoding='utf-8') as f:
            f.write(f'[ntlm]\nusers = {users}\ndomain = DOM\nhost = SERVER\n')
        environment = {**os.environ, 'TROTH_SSPI_CONFIG': conf, 'WLOG_LEVEL': 'OFF'}
        return answers(ours, environment), answers(winpr, environment)


def rows(cells, ours, theirs):
    """One row for the cells of a group that answer alike."""
    folded = {}
    for cell in cells:
        group, name = cell.split(' / ', 1)
        folded.setdefault((group, ours[cell], theirs[cell]), []).append(name)
    return [(group, '; '.join(names), a, b) for (group, a, b), names in folded.items()]


def quoted(text):
    return text.replace('|', '\\|')


def document(ours, theirs, version):
    different = [c for c in ours if ours[c] != theirs[c]]
    same = [c for c in ours if ours[c] == theirs[c]]
    lines = [f'# SSPI beside WinPR {version}', '',
             'Made by `tests/peers/sspi_cells.py OURS WINPR VERSION --write` (`peers/sspi_cells` checks it): NTLM, each question asked of our',
             'SSPI and of WinPR\'s by the same program, in a process of its own. Statuses are without `SEC_`; "dies" is the end of that process.',
             f'Of {len(ours)} answers {len(same)} are the same.', '']
    left = list(different)
    for heading, why, patterns in REASONS:
        mine = [c for c in left if any(fnmatch.fnmatchcase(c, p) for p in patterns)]
        left = [c for c in left if c not in mine]
        lines += [f'## {heading}', '', why, '', '| call | case | troth | WinPR |', '| --- | --- | --- | --- |']
        lines += [f'| {quoted(g)} | {quoted(n)} | {quoted(a)} | {quoted(b)} |' for g, n, a, b in rows(mine, ours, theirs)] + ['']
        if not mine:
            sys.exit(f'no difference any more under "{heading}"')
    if left:
        sys.exit('differences that nothing explains:\n' + '\n'.join(f'{c}: {ours[c]} | {theirs[c]}' for c in left))
    lines += ['## The same', '', '| call | case | both |', '| --- | --- | --- |']
    lines += [f'| {quoted(g)} | {quoted(n)} | {quoted(a)} |' for g, n, a, _ in rows(same, ours, theirs)]
    return '\n'.join(lines) + '\n'


def main():
    ours, winpr, version = sys.argv[1:4]
    recorded = ''
    if '--write' not in sys.argv:
        with open(DOC, encoding='utf-8') as f:
            recorded = f.read()
        if not recorded.startswith(f'# SSPI beside WinPR {version}\n'):
            print(f'skipped: recorded of another WinPR than {version}')
            sys.exit(77)
    mine, theirs = ask_both(ours, winpr)
    if set(mine) != set(theirs) or any(a.startswith('dies') for a in mine.values()):
        sys.exit(f'questions left out, or ours died: {set(mine) ^ set(theirs)}, {[c for c in mine if mine[c].startswith("dies")]}')
    text = document(mine, theirs, version)
    if '--write' in sys.argv:
        with open(DOC, 'w', encoding='utf-8') as f:
            f.write(text)
    elif text != recorded:
        sys.stdout.writelines(difflib.unified_diff(recorded.splitlines(True), text.splitlines(True), 'recorded', 'seen'))
        sys.exit(1)
    else:
        print(f'{len(mine)} answers as recorded')


main()
