"""Fills files that lie in memory alone and are mapped by nobody, so that they are nobody's address space.

stopped by: limits, seccomp
limits: memory_mb=64
"""

import os


def attack(decoys):
    chunk = b"x" * (1 << 20)
    files = [os.memfd_create(f"file {number}") for number in range(8)]
    for file in files:
        for _ in range(16):
            os.write(file, chunk)
    return sum(os.fstat(file).st_size for file in files) == 128 << 20
