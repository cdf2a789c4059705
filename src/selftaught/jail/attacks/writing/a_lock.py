"""Locks a file that other processes share, so that they wait, or has itself told before they open it.

stopped by: seccomp
"""

import ctypes
import fcntl
import os

libc = ctypes.CDLL(None, use_errno=True)


def by_c(file):
    if libc.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


SPELLINGS = (
    lambda file: fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB),
    lambda file: fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB),
    lambda file: fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB),
    lambda file: fcntl.fcntl(file, fcntl.F_OFD_SETLK, bytes(32)),
    lambda file: fcntl.fcntl(file, fcntl.F_SETLEASE, fcntl.F_RDLCK),
    lambda file: fcntl.fcntl(file, fcntl.F_SETOWN, os.getpid()),
    lambda file: fcntl.fcntl(file, 1036, bytes(8)),  # F_SET_RW_HINT
    by_c,
)


def attack(decoys):
    refused = ValueError("it is not locked")
    for path in (os.__file__, decoys["library"] + "/__init__.py", "/etc/ld.so.cache", ctypes.__file__):
        for spelling in SPELLINGS:
            file = -1
            try:
                file = os.open(path, os.O_RDONLY)
                spelling(file)
                return True
            except OSError as problem:
                refused = problem
            finally:
                if file >= 0:
                    os.close(file)
    raise refused
