"""Gives itself the capabilities that it may have, in every set that there is.

stopped by: capabilities, seccomp
as: root
"""

import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
CAPSET = {"x86_64": 126, "aarch64": 91}[os.uname().machine]
PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_SYS_ADMIN = 47, 2, 21


def attack(decoys):
    header = struct.pack("<Ii", 0x20080522, 0)
    wanted = struct.pack("<6I", *[1 << CAP_SYS_ADMIN] * 3, 0, 0, 0)
    if libc.syscall(CAPSET, header, wanted) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, ctypes.c_ulong(CAP_SYS_ADMIN), 0, 0) == 0
