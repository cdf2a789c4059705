"""Makes or finds shared memory or a semaphore by a name, which would outlive the jail.

stopped by: landlock, root
"""

import _posixshmem
import contextlib
import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
NAME = "a_segment_of_an_attack"


def by_c():
    if libc.shm_open(b"/" + NAME.encode(), os.O_CREAT | os.O_RDWR, 0o600) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


SPELLINGS = (
    lambda: _posixshmem.shm_open("/" + NAME, os.O_CREAT | os.O_RDWR, 0o600),
    lambda: os.open("/dev/shm/" + NAME, os.O_CREAT | os.O_RDWR),
    lambda: os.open("/dev/shm/sem." + NAME, os.O_CREAT | os.O_RDWR),
    lambda: os.listdir("/dev/shm"),
    by_c,
)


def attack(decoys):
    refused = ValueError("no segment was made")
    for spelling in SPELLINGS:
        try:
            spelling()
            return True
        except OSError as problem:
            refused = problem
        finally:
            for name in (NAME, "sem." + NAME):
                with contextlib.suppress(OSError):
                    os.unlink("/dev/shm/" + name)
    raise refused
