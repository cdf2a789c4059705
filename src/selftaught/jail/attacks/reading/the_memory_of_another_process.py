"""Reads another process's memory by system call.

stopped by: seccomp, landlock, root, namespaces, pid namespace
canary: yes
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def attack(decoys):
    words = ctypes.create_string_buffer(len(decoys["words"]))
    size = len(words.raw)
    local = (ctypes.c_size_t * 2)(ctypes.addressof(words), size)
    remote = (ctypes.c_size_t * 2)(decoys["address"], size)
    if libc.process_vm_readv(decoys["victim"], local, 1, remote, 1, 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return words.raw.decode() == decoys["words"]
