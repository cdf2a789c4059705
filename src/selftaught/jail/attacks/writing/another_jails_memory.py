"""Writes by system call into the memory of the jail beside it.

stopped by: seccomp, landlock, pid namespace
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)


def carried(call, pid, address, words):
    local = (ctypes.c_size_t * 2)(ctypes.addressof(words), len(words))
    remote = (ctypes.c_size_t * 2)(address, len(words))
    if call(pid, local, 1, remote, 1, 0) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return words.raw


def attack(decoys):
    pid, address = decoys["other"], decoys["kept"]
    words, lost = (ctypes.create_string_buffer(text, 24) for text in (decoys["words"].encode(), b"lost" * 6))
    carried(libc.process_vm_writev, pid, address, lost)
    changed = carried(libc.process_vm_readv, pid, address, ctypes.create_string_buffer(24))
    carried(libc.process_vm_writev, pid, address, words)
    return changed == lost.raw
