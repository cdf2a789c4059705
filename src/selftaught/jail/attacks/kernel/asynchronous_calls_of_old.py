"""Has the kernel carry out calls later, by the older interface for it, io_setup and io_submit.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
IO_SETUP, IO_DESTROY = {"x86_64": (206, 207), "aarch64": (0, 1)}[os.uname().machine]


def attack(decoys):
    context = ctypes.c_ulong(0)
    if libc.syscall(IO_SETUP, 1, ctypes.byref(context)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return libc.syscall(IO_DESTROY, context) == 0
