"""Gives itself another name, for those who look at the list of processes, in each way that there is.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_NAME = 15


def attack(decoys):
    if libc.prctl(PR_SET_NAME, b"init", 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
