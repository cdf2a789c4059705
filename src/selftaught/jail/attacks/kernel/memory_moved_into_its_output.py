"""Moves pages of memory and of files into the pipe that takes its output, without a copy.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def attack(decoys):
    words = ctypes.create_string_buffer(b"some words")
    vector = (ctypes.c_ulong * 2)(ctypes.addressof(words), len(words))
    file = os.open(os.__file__, os.O_RDONLY)
    for call in (
        lambda: libc.vmsplice(1, vector, ctypes.c_ulong(1), 0),
        lambda: libc.splice(file, None, 1, None, ctypes.c_size_t(10), 0),
        lambda: libc.sendfile(1, file, None, ctypes.c_size_t(10)),
        lambda: libc.tee(1, 1, ctypes.c_size_t(10), 0),
    ):
        if call() > 0:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
