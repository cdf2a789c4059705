"""Reads by system call the memory of the jail beside it, whose program was told something.

stopped by: seccomp, landlock, pid namespace
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def attack(decoys):
    refused = ValueError("not these words")
    words = ctypes.create_string_buffer(24)
    local = (ctypes.c_size_t * 2)(ctypes.addressof(words), 24)
    remote = (ctypes.c_size_t * 2)(decoys["kept"], 24)
    for pid in (decoys["other"], os.getpid() + 1, os.getpid() - 1, 1, 2):
        if libc.process_vm_readv(pid, local, 1, remote, 1, 0) < 0:
            refused = OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        elif words.raw == decoys["words"].encode():
            return True
    raise refused
