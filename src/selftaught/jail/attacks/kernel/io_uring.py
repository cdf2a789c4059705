"""Sets up an io_uring, through which the kernel carries calls out that no filter sees.

stopped by: limits, seccomp
canary: yes
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
IO_URING_SETUP = 425  # the same on every machine


def attack(decoys):
    parameters = ctypes.create_string_buffer(120)
    if libc.syscall(IO_URING_SETUP, 1, parameters) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
