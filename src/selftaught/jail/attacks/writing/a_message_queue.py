"""Makes a POSIX message queue, which outlives the jail.

stopped by: limits, seccomp, landlock
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
OPEN_AND_UNLINK = {"x86_64": (240, 241), "aarch64": (180, 181)}


def attack(decoys):
    name = b"a_queue_of_an_attack"
    opens, unlinks = OPEN_AND_UNLINK[decoys["machine"]]
    queue = libc.syscall(ctypes.c_long(opens), name, os.O_CREAT | os.O_RDWR, 0o600, None)
    if queue < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return libc.syscall(ctypes.c_long(unlinks), name) == 0
