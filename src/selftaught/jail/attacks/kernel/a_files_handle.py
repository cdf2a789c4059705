"""Asks for the handle of a file, which names it for good, whatever its path.

stopped by: seccomp, root
"""

import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
NAME_TO_HANDLE_AT = {"x86_64": 303, "aarch64": 264}[os.uname().machine]
AT_FDCWD = -100


def attack(decoys):
    handle = ctypes.create_string_buffer(struct.pack("<Ii", 128, 0), 136)
    mount = ctypes.c_int()
    path = decoys["secret"].encode()
    if libc.syscall(NAME_TO_HANDLE_AT, AT_FDCWD, path, handle, ctypes.byref(mount), 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
