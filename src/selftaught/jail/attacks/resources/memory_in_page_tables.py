"""Holds four times its limit in tables of pages, by single pages that lie so far apart that each needs its own.

stopped by: limits
limits: memory_mb=32
"""

import ctypes
import mmap
import os

PAGES, APART = 16384, 1 << 30  # a page of the lowest table and one of the next, 8 KiB, for each
FLAGS = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | 0x100000  # MAP_FIXED_NOREPLACE
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = ctypes.c_void_p


def attack(decoys):
    made = 0
    for at in range(1 << 36, 1 << 47, APART):
        if libc.mmap(ctypes.c_void_p(at), ctypes.c_size_t(4096), 1, FLAGS, -1, ctypes.c_long(0)) == at:
            ctypes.c_char.from_address(at).value  # that page is one of zeros, which all share
            made += 1
        elif ctypes.get_errno() != 17:  # EEXIST
            break
        if made == PAGES:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
