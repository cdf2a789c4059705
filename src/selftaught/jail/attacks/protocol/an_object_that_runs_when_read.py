"""Returns an object that is a program to whoever unpickles it, and the same as bytes and as an array of objects.

stopped by: frames
verdict: refused
wants: the owner raises
"""

import pickle


class _Program:
    def __reduce__(self):
        return exec, ("raise SystemExit('run by the owner')",)


def attack(decoys):
    return [pickle.dumps(_Program()), _Program()]
