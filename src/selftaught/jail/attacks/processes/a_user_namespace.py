"""Enters a user namespace of its own, in which it has every capability, whatever it had before.

stopped by: seccomp
canary: yes
"""

import ctypes
import os
import signal

libc = ctypes.CDLL(None, use_errno=True)
CLONE_VM, CLONE_VFORK, CLONE_NEWUSER = 0x100, 0x4000, 0x10000000


def attack(decoys):
    stack = ctypes.create_string_buffer(1 << 16)
    top = ctypes.c_void_p((ctypes.addressof(stack) + len(stack)) & ~15)
    end = ctypes.cast(libc._exit, ctypes.c_void_p)
    if libc.clone(end, top, CLONE_VM | CLONE_VFORK | CLONE_NEWUSER | signal.SIGCHLD, None) > 0:
        return True
    if libc.unshare(CLONE_NEWUSER) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
