"""Each public header can be included alone, first and twice, in C and (where there is a compiler) in C++."""
import glob
import os

from compiling import STRICT, arguments, report, run

args = arguments()
include = os.path.join(args.source, 'include')
names = sorted(os.path.relpath(h, include) for h in glob.glob(include + '/troth/*.h'))
drop_in = sorted(glob.glob(include + '/troth/win/*.h'))
cases = {'headers_were_found': None if len(names) > 5 else 'there are none'}
for language, compiler, options in (('c', args.cc, ['-xc', '-std=c17']), ('cpp', args.cxx, ['-xc++', '-std=c++17'])):
    folders = [(include, name) for name in names]  # the drop-in headers are found by their own names
    folders += [(os.path.join(include, 'troth/win'), os.path.basename(h)) for h in drop_in]
    for folder, name in folders if compiler else []:
        text = f'#include <{name}>\n' * 2 + 'int main() { return 0; }\n' * (language == 'cpp')
        words = [*compiler, *options, *STRICT, '-D_GNU_SOURCE', '-I', folder, '-c', '-o', os.devnull, '-']
        case = f'{language}_{os.path.basename(folder)}_{os.path.basename(name).replace(".", "_")}'
        cases[case] = run(words, input=text + 'extern int nothing;\n')
report(cases)
