"""Writes into a System V shared memory segment of the user's, or removes it.

stopped by: seccomp, namespaces
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
libc.shmat.restype = ctypes.c_void_p


def attack(decoys):
    address = libc.shmat(decoys["segment"], None, 0)
    if address in (None, ctypes.c_void_p(-1).value):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    mapped = ctypes.cast(address, ctypes.POINTER(ctypes.c_char))
    first, mapped[0] = mapped[0], b"!"
    changed, mapped[0] = mapped[0], first
    return changed == b"!"
