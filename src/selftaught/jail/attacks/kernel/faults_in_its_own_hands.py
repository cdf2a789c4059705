"""Takes page faults into its own hands, with which the kernel can be held up in the middle of a call.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
USERFAULTFD = {"x86_64": 323, "aarch64": 282}[os.uname().machine]
USER_MODE_ONLY = 1


def attack(decoys):
    for flags in (0, USER_MODE_ONLY):
        if libc.syscall(USERFAULTFD, flags) >= 0:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
