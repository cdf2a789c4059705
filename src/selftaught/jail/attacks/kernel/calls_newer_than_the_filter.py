"""Makes each of the system calls that are newer than most filters: any answer but a refusal means it was let through.

stopped by: seccomp
"""

import ctypes
import errno
import os

libc = ctypes.CDLL(None, use_errno=True)
ALLOWED = {436, 439, 449}  # close_range, faccessat2, futex_waitv
NEW = set(range(424, 512)) - ALLOWED


def attack(decoys):
    refused = errno.ENOSYS
    for number in sorted(NEW):
        ctypes.set_errno(0)
        nonsense = [ctypes.c_long(-1)] * 6
        if libc.syscall(ctypes.c_long(number), *nonsense) >= 0:
            return True
        if ctypes.get_errno() not in (errno.EPERM, errno.ENOSYS):
            return True
        if ctypes.get_errno() == errno.EPERM:
            refused = errno.EPERM
    raise OSError(refused, os.strerror(refused))
