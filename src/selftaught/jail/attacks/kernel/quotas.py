"""Asks after the quotas of file systems and has them written out.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
Q_SYNC = 0x800001 << 8


def attack(decoys):
    if libc.quotactl(ctypes.c_int(Q_SYNC - (1 << 32)), None, 0, None) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
