"""Takes more memory than its limit as maps that could be shared with others, which are no memory of its own to some.

stopped by: limits
limits: memory_mb=64
"""

import mmap


def attack(decoys):
    maps = []
    for _ in range(100):
        maps.append(mmap.mmap(-1, 2 << 20, flags=mmap.MAP_SHARED | mmap.MAP_ANONYMOUS))
        maps[-1][::4096] = b"x" * 512
    return all(each[4096] == 120 for each in maps)
