"""Loads another kernel to be started in place of this one: whatever but a refusal means that it may.

stopped by: capabilities, seccomp, root, namespaces, pid namespace
twin: none: a kernel without kexec refuses it to anyone
as: root
"""

import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
LOAD, FILE_LOAD = {"x86_64": (246, 320), "aarch64": (104, 294)}[os.uname().machine]
REFUSALS = (errno.EPERM, errno.EACCES, errno.ENOSYS)


def attack(decoys):
    for call in (
        lambda: libc.syscall(LOAD, ctypes.c_ulong(0), ctypes.c_ulong(17), None, ctypes.c_ulong(0)),
        lambda: libc.syscall(FILE_LOAD, -1, -1, ctypes.c_ulong(0), None, ctypes.c_ulong(0)),
    ):
        if call() == 0 or ctypes.get_errno() not in REFUSALS:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
