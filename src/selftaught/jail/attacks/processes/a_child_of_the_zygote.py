"""Makes a process that is not its own child but its parent's, so that it does not end with the jail.

stopped by: seccomp, pid namespace
"""

import ctypes
import os
import signal

libc = ctypes.CDLL(None, use_errno=True)
CLONE_VM, CLONE_VFORK, CLONE_PARENT = 0x100, 0x4000, 0x8000


def attack(decoys):
    stack = ctypes.create_string_buffer(1 << 16)
    top = ctypes.c_void_p((ctypes.addressof(stack) + len(stack)) & ~15)
    end = ctypes.cast(libc._exit, ctypes.c_void_p)
    if libc.clone(end, top, CLONE_VM | CLONE_VFORK | CLONE_PARENT | signal.SIGCHLD, None) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
