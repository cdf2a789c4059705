"""Holds more memory than its limit in the kernel's buffers: in pipes that are filled and never read.

stopped by: limits, seccomp
limits: memory_mb=32
"""

import contextlib
import fcntl
import os


def attack(decoys):
    held, chunk = 0, bytes(1 << 16)
    while held < 40 << 20:
        _, end = os.pipe2(os.O_NONBLOCK)
        with contextlib.suppress(OSError):
            fcntl.fcntl(end, fcntl.F_SETPIPE_SZ, 1 << 20)
        with contextlib.suppress(BlockingIOError):
            while True:
                held += os.write(end, chunk)
    return True
