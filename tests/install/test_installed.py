"""Install into a directory, and build the examples and a C++ program against that, as pkg-config tells."""
import glob
import os
import shlex
import subprocess
import tempfile

from compiling import STRICT, arguments, report, run

CPP = '#include <troth/nns.h>\nint main() { return troth_status_name(TROTH_OK)[0] == \'O\' ? 0 : 1; }\n'


def pkg_config(root, folder, package):
    done = subprocess.run(['pkg-config', '--cflags', '--libs', package], capture_output=True, text=True, check=True,
                          env={**os.environ, 'PKG_CONFIG_LIBDIR': folder + ':' + system_path(),
                               'PKG_CONFIG_SYSROOT_DIR': root})
    return shlex.split(done.stdout)


def system_path():
    return subprocess.run(['pkg-config', '--variable', 'pc_path', 'pkg-config'], capture_output=True, text=True,
                          check=True).stdout.strip()


def main():
    args = arguments()
    cases = {}
    with tempfile.TemporaryDirectory(prefix='troth-install-') as root:
        cases['installs'] = run(['meson', 'install', '-C', args.build, '--no-rebuild', '--quiet', '--destdir', root])
        found = glob.glob(root + '/**/troth.pc', recursive=True)
        cases['pkg_config_files'] = None if len(found) == 1 else f'troth.pc: {found}'
        if any(cases.values()):
            report(cases)
        folder = os.path.dirname(found[0])
        libraries = os.path.dirname(folder)
        extra = [] if args.sanitize == 'none' else ['-fsanitize=' + args.sanitize]
        environment = {**os.environ, 'LD_LIBRARY_PATH': libraries}
        for source in sorted(glob.glob(args.source + '/examples/*.c')):
            name = os.path.splitext(os.path.basename(source))[0]
            out = os.path.join(root, name)
            cases['builds_' + name] = run([*args.cc, '-std=gnu17', *STRICT, *extra, '-o', out, source,
                                           *pkg_config(root, folder, 'troth-sspi' if name.startswith('sspi_') else 'troth-host')])
            done = subprocess.run([out], env=environment, capture_output=True, text=True, check=False) \
                if not cases['builds_' + name] else None
            cases['starts_' + name] = None if done and 'usage: ' + name in done.stderr else f'{done}'
        if args.cxx:
            source, out = os.path.join(root, 'p.cpp'), os.path.join(root, 'p')
            with open(source, 'w', encoding='utf-8') as f:
                f.write(CPP)
            cases['cpp_program'] = run([*args.cxx, *STRICT, *extra, '-o', out, source, *pkg_config(root, folder, 'troth')]) \
                or run([out], env=environment)
        tool = glob.glob(root + '/**/bin/troth', recursive=True)
        cases['tool_starts'] = run([tool[0], '--version'], env=environment) if tool else 'not installed'
    report(cases)


main()
