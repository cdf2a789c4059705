"""Takes more memory than its limit, in small pieces of many sizes, going on when one is refused.

stopped by: limits
verdict: memory
limits: memory_mb=64
"""


def attack(decoys):
    taken, pieces = 0, []
    for size in (1 << 20, 1 << 16, 4000, 400):
        try:
            while taken < 200 << 20:
                pieces.append(b"x" * size)
                taken += size
        except MemoryError:
            continue
    if taken < 200 << 20:
        raise MemoryError
    return True
