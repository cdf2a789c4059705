"""Takes back that the kernel kills it when its parent ends.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
PR_SET_PDEATHSIG = 1


def attack(decoys):
    if libc.prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
