"""Makes system calls by the numbers of x32, which many filters have passed for those of another call.

stopped by: seccomp
verdict: killed
twin: none: nearly every kernel is built without x32, and refuses them to anyone
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
X32, GETPID, SOCKET = 0x40000000, 39, 41


def attack(decoys):
    if libc.syscall(X32 | GETPID) == os.getpid() or libc.syscall(X32 | SOCKET, 1, 1, 0) >= 0:
        return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
