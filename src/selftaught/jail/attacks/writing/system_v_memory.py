"""Makes shared memory, semaphores or a queue of System V, which outlive every process.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
CREATE = 0o1600

KINDS = (
    (lambda: libc.shmget(0, ctypes.c_size_t(4096), CREATE), lambda made: libc.shmctl(made, 0, None)),
    (lambda: libc.semget(0, 1, CREATE), lambda made: libc.semctl(made, 0, 0)),
    (lambda: libc.msgget(0, CREATE), lambda made: libc.msgctl(made, 0, None)),
)


def attack(decoys):
    for make, remove in KINDS:
        if (made := make()) >= 0:
            return remove(made) == 0
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
