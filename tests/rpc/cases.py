"""Results in the words that tools/tally reads: a line for each case as it ends, and why it failed below it."""
import sys
import time


class Cases:
    def __init__(self):
        self.passed, self.failed, self.skipped, self.started = 0, 0, 0, time.monotonic()

    def ok(self, name, seconds=None):
        self.passed += 1
        self.say('      OK', name, seconds)

    def fail(self, name, why, seconds=None):
        self.failed += 1
        self.say(' FAILED ', name, seconds)
        print('\n'.join('    ' + line for line in str(why).rstrip().splitlines()), flush=True)

    def skip(self, name, why):
        """Aloud; ./check permits it only under a condition in tests/interop/skips."""
        self.skipped += 1
        self.say(' SKIPPED', name, None)
        print(f'    {why}', flush=True)

    def say(self, verdict, name, seconds):
        print(f"[ {verdict} ] {name}{f'  ({seconds:.2f} s)' if seconds is not None else ''}", flush=True)

    def run(self, name, function, *args):
        """One case: it fails by any exception."""
        start = time.monotonic()
        try:
            function(*args)
        except Exception as e:
            self.fail(name, f'{type(e).__name__}: {e}', time.monotonic() - start)
        else:
            self.ok(name, time.monotonic() - start)

    def expect(self, name, truth, *what):
        self.run(name, need, truth, *what)

    def end(self):
        print(f'{self.passed} passed, {self.failed} failed, {self.skipped} skipped in '
              f'{time.monotonic() - self.started:.1f} s', flush=True)
        return 1 if self.failed or not self.passed else 0


def need(truth, *what):
    if not truth:
        raise AssertionError(' '.join(str(w) for w in what))


def missing(what):
    """This program cannot run here at all."""
    print(f'SKIP: {what}', flush=True)
    sys.exit(77)
