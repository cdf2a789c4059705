"""Takes another folder for its root, by chroot and pivot_root.

stopped by: capabilities, seccomp
as: root
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}[os.uname().machine]


def attack(decoys):
    refused = ValueError("no folder was tried")
    for folder in (decoys["folder"], decoys["library"], "/"):
        try:
            os.chroot(folder)
            return True
        except OSError as problem:
            refused = problem
        if libc.syscall(PIVOT_ROOT, folder.encode(), folder.encode()) == 0:
            return True
    raise refused
