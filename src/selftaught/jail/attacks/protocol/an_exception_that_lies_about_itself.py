"""Raises what cannot be put into words: its words exit, are a number, are none, and have no class that can be named.

stopped by: frames
wants: the owner raises
"""

import sys


class _Unspeakable(type):
    @property
    def __name__(cls):
        raise SystemExit(3)

    __module__ = __name__


class _Evil(Exception, metaclass=_Unspeakable):
    @property
    def __traceback__(self):
        raise SystemExit(4)

    def __str__(self):
        sys.setrecursionlimit(10**6)
        raise SystemExit(5)

    __repr__ = __format__ = __str__


def attack(decoys):
    raise _Evil
