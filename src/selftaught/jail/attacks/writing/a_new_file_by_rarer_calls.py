"""Makes a file by system calls that do nothing else.

stopped by: seccomp, landlock, root
"""

import contextlib
import ctypes
import os
import stat

libc = ctypes.CDLL(None, use_errno=True)


def called(result):
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def by_openat2(path):
    how = (ctypes.c_uint64 * 3)(os.O_CREAT | os.O_WRONLY, 0o600, 0)
    called(
        libc.syscall(ctypes.c_long(437), -100, path, how, ctypes.c_size_t(24))
    )  # the same on every machine


def by_creat(path):
    if os.uname().machine != "x86_64":
        raise OSError("this machine has no such call")
    called(libc.syscall(ctypes.c_long(85), path, 0o600))


SPELLINGS = (
    by_openat2,
    by_creat,
    lambda path: os.mknod(path, stat.S_IFREG | 0o600),
    lambda path: os.mkfifo(path),
    lambda path: os.mknod(path, stat.S_IFSOCK | 0o600),
    lambda path: os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(0, 0)),
    lambda path: os.mkfifo(os.path.basename(path), dir_fd=os.open(os.path.dirname(path), os.O_PATH)),
)


def attack(decoys):
    refused = ValueError("no file was made")
    path = os.path.join(decoys["folder"], "made").encode()
    for spelling in SPELLINGS:
        try:
            spelling(path)
            return True
        except OSError as problem:
            refused = problem
        finally:
            with contextlib.suppress(OSError):
                os.unlink(path)
    raise refused
