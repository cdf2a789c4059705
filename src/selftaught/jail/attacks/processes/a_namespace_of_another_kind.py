"""Enters a namespace of its own: mount, UTS, IPC, network, PID, cgroup or time.

stopped by: capabilities, seccomp
as: root
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
KINDS = (0x00020000, 0x04000000, 0x08000000, 0x40000000, 0x20000000, 0x02000000, 0x00000080)


def attack(decoys):
    for kind in KINDS:
        if libc.unshare(kind) == 0:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
