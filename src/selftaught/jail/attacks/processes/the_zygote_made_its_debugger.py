"""Makes the process that jails are forked from its debugger, which is then told of whatever befalls it.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
PTRACE_TRACEME = 0


def attack(decoys):
    if libc.ptrace(PTRACE_TRACEME, 0, None, None) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
