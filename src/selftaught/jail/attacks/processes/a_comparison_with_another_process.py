"""Has the kernel compare what it shares with another process, which tells how the kernel's objects are ordered.

stopped by: seccomp, landlock, pid namespace
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
KCMP = {"x86_64": 312, "aarch64": 272}[os.uname().machine]


def attack(decoys):
    for whom in ("victim", "other"):
        if libc.syscall(KCMP, os.getpid(), decoys[whom], 1, ctypes.c_ulong(0), ctypes.c_ulong(0)) >= 0:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
