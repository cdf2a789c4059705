"""Makes a System V message queue, which outlives it, and leaves a message there for another.

stopped by: seccomp
"""

import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
IPC_PRIVATE, IPC_RMID = 0, 0


def attack(decoys):
    queue = libc.msgget(IPC_PRIVATE, 0o1666)
    if queue < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    left = libc.msgsnd(queue, struct.pack("l8s", 1, b"a word.\0"), ctypes.c_size_t(8), 0)
    libc.msgctl(queue, IPC_RMID, None)
    return left == 0
