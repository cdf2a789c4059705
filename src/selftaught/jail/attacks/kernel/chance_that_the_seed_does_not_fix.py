"""Draws from the kernel's source of chance, which no seed fixes.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def attack(decoys):
    drawn = ctypes.create_string_buffer(16)
    refused = ValueError("nothing was tried")
    for draw in (lambda: len(os.getrandom(16)), lambda: libc.getrandom(drawn, ctypes.c_size_t(16), 0)):
        try:
            if draw() == 16:
                return True
            refused = OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        except OSError as problem:
            refused = problem
    raise refused
