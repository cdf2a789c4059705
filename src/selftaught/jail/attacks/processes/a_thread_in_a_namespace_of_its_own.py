"""Starts a thread, which is allowed, with flags that put it into a new namespace, which is not.

stopped by: capabilities, seccomp
as: root
"""

import ctypes
import os
import time

libc = ctypes.CDLL(None, use_errno=True)
THREAD = 0x100 | 0x400 | 0x800 | 0x10000 | 0x40000  # memory, files, signal handlers, thread, semaphores
NAMESPACES = (0x04000000, 0x40000000, 0x02000000, 0x00020000)  # UTS, network, cgroup, mount


def attack(decoys):
    stack = ctypes.create_string_buffer(1 << 16)
    top = ctypes.c_void_p((ctypes.addressof(stack) + len(stack)) & ~15)
    for namespace in NAMESPACES:
        if libc.clone(ctypes.cast(libc.getppid, ctypes.c_void_p), top, THREAD | namespace, None) > 0:
            time.sleep(0.01)  # its stack must outlive it
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
