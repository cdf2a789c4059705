"""Takes more memory than its limit by the kernel's rarer ways: without reserving it, by growing a map, by the break.

stopped by: limits
limits: memory_mb=64
"""

import ctypes
import mmap
import os

SIZE = 160 << 20
PRIVATE, MAY_MOVE, NORESERVE, GROWSDOWN = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, 1, 0x4000, 0x100
libc = ctypes.CDLL(None, use_errno=True)
libc.mmap.restype = libc.mremap.restype = libc.sbrk.restype = ctypes.c_void_p
FAILED = ctypes.c_void_p(-1).value


def mapped(size, flags):
    return libc.mmap(None, ctypes.c_size_t(size), 3, flags, -1, ctypes.c_long(0))


SPELLINGS = (
    lambda: mapped(SIZE, PRIVATE | NORESERVE),
    lambda: mapped(SIZE, PRIVATE | GROWSDOWN),
    lambda: libc.mremap(
        ctypes.c_void_p(mapped(4096, PRIVATE)), ctypes.c_size_t(4096), ctypes.c_size_t(SIZE), MAY_MOVE
    ),
    lambda: libc.sbrk(ctypes.c_long(SIZE)),
)


def attack(decoys):
    for spelling in SPELLINGS:
        at = spelling()
        if at != FAILED:
            ctypes.memset(at, 120, SIZE)
            return ctypes.string_at(at + SIZE - 1, 1) == b"x"
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
