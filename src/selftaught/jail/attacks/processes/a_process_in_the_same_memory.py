"""Makes a process that shares its memory, which is neither a fork nor a thread: with vfork's flags and with fewer.

stopped by: seccomp
"""

import ctypes
import os
import signal

libc = ctypes.CDLL(None, use_errno=True)
CLONE_VM, CLONE_FILES, CLONE_SIGHAND, CLONE_VFORK = 0x100, 0x400, 0x800, 0x4000


def attack(decoys):
    stack = ctypes.create_string_buffer(1 << 16)
    top = ctypes.c_void_p((ctypes.addressof(stack) + len(stack)) & ~15)
    end = ctypes.cast(libc._exit, ctypes.c_void_p)
    for flags in (CLONE_VM | CLONE_VFORK, CLONE_VM, CLONE_VM | CLONE_FILES | CLONE_SIGHAND, CLONE_FILES):
        pid = libc.clone(end, top, flags | signal.SIGCHLD, None)
        if pid > 0:
            return os.waitpid(pid, 0)[0] == pid
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
