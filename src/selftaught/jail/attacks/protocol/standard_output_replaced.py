"""Replaces standard output by an object that writes another answer than it is given.

stopped by: frames
verdict: ok
wants: a value that may not cross
"""

import os
import sys


class _Forger:
    def write(self, text):
        os.write(1, b'{"fine": true, "result": -Infinity}\n')
        return len(text)

    def flush(self):
        pass

    def __getattr__(self, name):
        return self

    def __call__(self, *args):
        return self


def attack(decoys):
    sys.stdout = sys.stderr = sys.__stdout__ = _Forger()
    return 1.0
