"""Attaches to another process as its debugger, by PTRACE_SEIZE and by the older PTRACE_ATTACH.

stopped by: seccomp, landlock, pid namespace
canary: yes
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
PTRACE_ATTACH, PTRACE_DETACH, PTRACE_SEIZE = 16, 17, 0x4206


def attack(decoys):
    for whom in ("victim", "other"):
        pid = decoys[whom]
        if pid in (0, os.getpid()):
            continue
        if libc.ptrace(PTRACE_SEIZE, pid, None, None) == 0:
            return True  # its end lets the other go
        if libc.ptrace(PTRACE_ATTACH, pid, None, None) == 0:
            os.waitpid(pid, 0)
            return libc.ptrace(PTRACE_DETACH, pid, None, None) == 0
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
