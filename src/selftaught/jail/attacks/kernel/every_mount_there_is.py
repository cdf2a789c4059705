"""Has the kernel list the mounts, by the calls that need no file in /proc.

stopped by: seccomp
"""

import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
LISTMOUNT, ROOT = 458, 0xFFFFFFFFFFFFFFFF  # the same on every machine


def attack(decoys):
    asked = struct.pack("<IIQQ", 24, 0, ROOT, 0)
    found = (ctypes.c_uint64 * 64)()
    if libc.syscall(LISTMOUNT, asked, found, ctypes.c_size_t(64), 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
