"""Makes a file that lies in memory alone.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
MEMFD_SECRET = 447  # the same on every machine


def secret():
    if libc.syscall(ctypes.c_long(MEMFD_SECRET), 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


SPELLINGS = (
    lambda: os.memfd_create("made"),
    lambda: os.memfd_create("made", os.MFD_ALLOW_SEALING),
    lambda: os.memfd_create("made", os.MFD_HUGETLB),
    secret,
)


def attack(decoys):
    refused = ValueError("no file was made")
    for spelling in SPELLINGS:
        try:
            spelling()
            return True
        except OSError as problem:
            refused = problem
    raise refused
