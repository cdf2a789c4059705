"""Keeps memory from being swapped out by a flag when it is mapped, which no filter of calls refuses.

stopped by: limits
"""

import mmap

MAP_LOCKED = 0x2000  # the same on both machines


def attack(decoys):
    return mmap.mmap(-1, 4096, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | MAP_LOCKED)[0] == 0
