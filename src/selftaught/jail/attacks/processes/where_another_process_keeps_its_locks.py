"""Asks for the address of another process's list of locks, by a call that each thread needs for its own.

stopped by: seccomp, landlock, pid namespace
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
GET_ROBUST_LIST = {"x86_64": 274, "aarch64": 100}[os.uname().machine]


def attack(decoys):
    head, size = ctypes.c_void_p(), ctypes.c_size_t()
    for whom in ("victim", "other", "owner", "zygote"):
        if decoys[whom] in (0, os.getpid()):
            continue
        answer = libc.syscall(GET_ROBUST_LIST, decoys[whom], ctypes.byref(head), ctypes.byref(size))
        if answer == 0 and head.value:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
