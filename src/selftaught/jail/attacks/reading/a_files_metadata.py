"""Asks whether a file of the user's is there, how large it is and when it was changed.

stopped by: root
"""

import ctypes
import os
import pathlib

libc = ctypes.CDLL(None, use_errno=True)


def by_access_of_c(path):
    if libc.access(path.encode(), 0) < 0:
        raise OSError(ctypes.get_errno(), "access")
    return True


SPELLINGS = (
    os.stat,
    os.lstat,
    lambda path: os.fstat(os.open(path, os.O_PATH)),
    lambda path: os.stat("secret", dir_fd=os.open(os.path.dirname(path), os.O_PATH)),
    lambda path: os.access(path, os.F_OK),
    lambda path: os.access(path, os.W_OK, effective_ids=True),
    os.path.exists,
    os.path.getmtime,
    lambda path: pathlib.Path(path).is_file(),
    lambda path: os.path.samefile(path, path),
    lambda path: os.readlink("/proc/self/exe"),
    by_access_of_c,
)


def attack(decoys):
    refused = FileNotFoundError("as if there were none")
    for spelling in SPELLINGS:
        try:
            if spelling(decoys["secret"]):
                return True
        except OSError as problem:
            refused = problem
    raise refused
