"""Mounts a file system over a folder, and one folder over another, and takes it away again.

stopped by: capabilities, seccomp, landlock
as: root
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
MS_BIND, MNT_DETACH = 4096, 2


def attack(decoys):
    for folder in (decoys["folder"], decoys["library"], os.path.dirname(os.__file__)):
        where = folder.encode()
        for arguments in ((b"none", where, b"tmpfs", 0, None), (where, where, None, MS_BIND, None)):
            if libc.mount(*arguments) == 0:
                return libc.umount2(where, MNT_DETACH) == 0
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
