"""Reads how the machine's clock is steered, which tells machines apart.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def attack(decoys):
    if libc.adjtimex(bytes(208)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
