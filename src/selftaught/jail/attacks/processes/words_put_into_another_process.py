"""Writes into the memory of another process, and of another jail, by process_vm_writev.

stopped by: seccomp, landlock, pid namespace
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def attack(decoys):
    words = ctypes.create_string_buffer(decoys["words"].encode())
    size = len(decoys["words"])
    for whom, where in (("victim", "address"), ("other", "kept")):
        if decoys[whom] in (0, os.getpid()):
            continue
        local = (ctypes.c_ulong * 2)(ctypes.addressof(words), size)
        remote = (ctypes.c_ulong * 2)(decoys[where], size)
        if libc.process_vm_writev(decoys[whom], local, 1, remote, 1, 0) == size:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
