"""Sends a signal to one thread of another process, by tgkill and by the older tkill.

stopped by: seccomp, landlock, pid namespace
"""

import ctypes
import os
import signal

libc = ctypes.CDLL(None, use_errno=True)
TGKILL, TKILL = {"x86_64": (234, 200), "aarch64": (131, 130)}[os.uname().machine]


def attack(decoys):
    for whom in ("victim", "owner", "zygote", "other"):
        pid = decoys[whom]
        if pid in (0, os.getpid()):
            continue
        if libc.syscall(TGKILL, pid, pid, signal.SIGURG) == 0 or libc.syscall(TKILL, pid, signal.SIGURG) == 0:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
