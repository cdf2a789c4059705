"""Loads a module into the kernel, or unloads one: whatever but a refusal means that it may.

stopped by: capabilities, seccomp, root, namespaces, pid namespace
twin: none: a kernel without modules refuses it to anyone
as: root
"""

import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
INIT, FINIT, DELETE = {"x86_64": (175, 313, 176), "aarch64": (105, 273, 106)}[os.uname().machine]
REFUSALS = (errno.EPERM, errno.EACCES, errno.ENOSYS)


def attack(decoys):
    for call in (
        lambda: libc.syscall(INIT, b"no module", ctypes.c_ulong(9), b""),
        lambda: libc.syscall(FINIT, 3, b"", 0),
        lambda: libc.syscall(DELETE, b"no_module_of_this_name", os.O_NONBLOCK),
    ):
        if call() == 0 or ctypes.get_errno() not in REFUSALS:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
