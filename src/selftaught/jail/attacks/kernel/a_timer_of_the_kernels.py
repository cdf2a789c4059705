"""Has the kernel keep timers for it, which signal when they run out.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
TIMER_CREATE = {"x86_64": 222, "aarch64": 107}[os.uname().machine]


def attack(decoys):
    timer = ctypes.c_int()
    if libc.syscall(TIMER_CREATE, 0, None, ctypes.byref(timer)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
