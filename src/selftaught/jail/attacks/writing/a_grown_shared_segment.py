"""Makes shared memory or a semaphore by a name and fills it, as Python's own module does.

stopped by: limits, seccomp, landlock, root
"""

import contextlib
import multiprocessing.shared_memory
import os


def attack(decoys):
    try:
        name = multiprocessing.shared_memory._make_filename()
        file = os.open("/dev/shm" + name, os.O_CREAT | os.O_RDWR)
        os.ftruncate(file, 4096)
        return os.pwrite(file, b"left", 0) == 4
    finally:
        with contextlib.suppress(OSError, NameError):
            os.unlink("/dev/shm" + name)
