"""Has the kernel hide it from its user's other processes: its memory, its files, what it is doing.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_DUMPABLE = 4


def attack(decoys):
    if libc.prctl(PR_SET_DUMPABLE, ctypes.c_ulong(0), 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
