"""Reads a System V shared memory segment of the user's.

stopped by: seccomp, namespaces
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p


def attack(decoys):
    address = libc.shmat(decoys["segment"], None, 0o10000)  # SHM_RDONLY
    if address in (None, ctypes.c_void_p(-1).value):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return ctypes.string_at(address, 24).decode() == decoys["words"]
