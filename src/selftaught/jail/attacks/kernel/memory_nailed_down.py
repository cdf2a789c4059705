"""Keeps its memory from ever being swapped out, so that it is missing to all others.

stopped by: limits, seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
MLOCK2 = {"x86_64": 325, "aarch64": 284}[os.uname().machine]


def attack(decoys):
    page = ctypes.create_string_buffer(4096)
    for call in (
        lambda: libc.mlock(page, ctypes.c_size_t(4096)),
        lambda: libc.syscall(MLOCK2, page, ctypes.c_size_t(4096), 1),
        lambda: libc.mlockall(2),  # what is mapped from now on
    ):
        if call() == 0:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
