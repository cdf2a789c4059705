"""Takes on another personality: no random addresses, another kernel's name, another system's ways.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
ADDR_NO_RANDOMIZE, UNAME26, PER_SVR4 = 0x0040000, 0x0020000, 0x0001 | 0x4000000


def attack(decoys):
    for persona in (ADDR_NO_RANDOMIZE, UNAME26, PER_SVR4, 0):
        if libc.personality(ctypes.c_ulong(persona)) != -1:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
