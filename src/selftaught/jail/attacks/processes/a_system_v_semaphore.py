"""Makes a System V semaphore, which outlives it and which any other process may find by its number.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
IPC_PRIVATE, IPC_RMID = 0, 0


def attack(decoys):
    semaphore = libc.semget(IPC_PRIVATE, 1, 0o1666)
    if semaphore < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return libc.semctl(semaphore, 0, IPC_RMID) == 0
