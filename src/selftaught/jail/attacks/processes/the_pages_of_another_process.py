"""Asks where the pages of another process lie, and moves them, by move_pages and migrate_pages.

stopped by: seccomp, landlock, pid namespace
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
MOVE_PAGES, MIGRATE_PAGES = {"x86_64": (279, 256), "aarch64": (239, 238)}[os.uname().machine]


def attack(decoys):
    for whom, where in (("victim", "address"), ("other", "kept")):
        page = (ctypes.c_void_p * 1)(decoys[where] & ~4095)
        node = (ctypes.c_int * 1)(-99)
        if libc.syscall(MOVE_PAGES, decoys[whom], ctypes.c_ulong(1), page, None, node, 0) == 0:
            return True
        one = (ctypes.c_ulong * 1)(1)
        if libc.syscall(MIGRATE_PAGES, decoys[whom], ctypes.c_ulong(64), one, one) >= 0:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
