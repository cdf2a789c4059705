"""Restarts the machine: with a number left out, so that it stays up, and yet tells whether it may.

stopped by: capabilities, seccomp, root, namespaces
as: root
"""

import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
REBOOT = {"x86_64": 169, "aarch64": 142}[os.uname().machine]
RESTART = 0x01234567


def attack(decoys):
    libc.syscall(REBOOT, ctypes.c_uint(0), ctypes.c_uint(0), ctypes.c_uint(RESTART), None)
    if ctypes.get_errno() != errno.EINVAL:  # privilege is looked at before the numbers
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
