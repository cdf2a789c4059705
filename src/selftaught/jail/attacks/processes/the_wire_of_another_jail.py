"""Takes a copy of another jail's wire, by which it could answer in that one's name.

stopped by: seccomp, landlock, pid namespace
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
PIDFD_GETFD = 438  # the same on every machine


def attack(decoys):
    other = os.pidfd_open(decoys["other"])
    wire = libc.syscall(PIDFD_GETFD, other, 3, 0)
    if wire < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return wire != 3
