"""Run the tests of the tool in a realm: run.py TROTH [NAME...]. Prints a line for each case; 77 = no KDC programs here."""
import importlib
import os
import subprocess
import sys
import time
import traceback

sys.dont_write_bytecode = True
import tool  # noqa: E402

MODULES = ('test_command_line', 'test_decode', 'test_examples', 'test_iiop', 'test_lab', 'test_passwd', 'test_report',
           'test_rpc', 'test_rpc_gateway', 'test_streams', 'test_tls')


def main(argv):
    tool.TROTH = os.path.abspath(argv[1])
    if not os.environ.get('TROTH_LAB'):
        return subprocess.run([tool.TROTH, 'lab', 'run', '--', sys.executable, os.path.abspath(__file__), *argv[1:]],
                              check=False).returncode
    failed = 0
    for module in map(importlib.import_module, MODULES):
        for name in [n for n in vars(module) if n.startswith('test_')]:
            if argv[2:] and name not in argv[2:]:
                continue
            print(f'[ RUN      ] {name}', flush=True)
            start = time.monotonic()
            try:
                getattr(module, name)()
                print(f'[       OK ] {name}  ({time.monotonic() - start:.2f} s)', flush=True)
            except Exception:  # a test that cannot go on has failed, whatever it ran into
                traceback.print_exc(file=sys.stdout)
                print(f'[  FAILED  ] {name}', flush=True)
                failed += 1
    return 1 if failed else 0


sys.exit(main(sys.argv))
