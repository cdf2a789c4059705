"""Changes a file of the user's through a mapping of it, which no limit on files counts.

stopped by: landlock, root
"""

import ctypes
import mmap
import os

import numpy as np

libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p


def by_mmap(path):
    with mmap.mmap(os.open(path, os.O_RDWR), 0) as mapped:
        first, mapped[0] = mapped[0], 0x21
        changed = open(path, "rb").read(1) == b"!"
        mapped[0] = first
        return changed


def by_numpy(path):
    mapped = np.memmap(path, "u1", "r+")
    first, mapped[0] = mapped[0], 0x21
    changed = open(path, "rb").read(1) == b"!"
    mapped[0] = first
    return changed


def by_c(path):
    file = os.open(path, os.O_RDWR)
    where = libc.mmap(None, ctypes.c_size_t(24), 3, 1, file, ctypes.c_long(0))
    if where == ctypes.c_void_p(-1).value:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    mapped = ctypes.cast(where, ctypes.POINTER(ctypes.c_char))
    first, mapped[0] = mapped[0], b"!"
    changed = open(path, "rb").read(1) == b"!"
    mapped[0] = first
    return changed


def attack(decoys):
    refused = ValueError("it is as it was")
    for spelling in (by_mmap, by_numpy, by_c):
        try:
            if spelling(decoys["secret"]):
                return True
        except OSError as problem:
            refused = problem
    raise refused
