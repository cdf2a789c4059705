"""Makes a mount by the newer calls, which keep it in a descriptor until it is moved into place.

stopped by: capabilities, seccomp
as: root
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
OPEN_TREE, FSOPEN, FSCONFIG, FSMOUNT = 428, 430, 431, 432  # the same on every machine
OPEN_TREE_CLONE, FSCONFIG_CMD_CREATE = 1, 6
AT_FDCWD = -100


def attack(decoys):
    made = libc.syscall(FSOPEN, b"tmpfs", 0)
    if made >= 0 and libc.syscall(FSCONFIG, made, FSCONFIG_CMD_CREATE, None, None, 0) == 0:
        return libc.syscall(FSMOUNT, made, 0, 0) >= 0
    for folder in (decoys["folder"], "/"):
        if libc.syscall(OPEN_TREE, AT_FDCWD, folder.encode(), OPEN_TREE_CLONE) >= 0:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
