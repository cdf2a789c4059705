"""Has all memory that may be read be memory that may be run.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
READ_IMPLIES_EXEC = 0x0400000


def attack(decoys):
    if libc.personality(ctypes.c_ulong(READ_IMPLIES_EXEC)) == -1:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
