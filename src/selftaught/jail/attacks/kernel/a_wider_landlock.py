"""Lays down rules of its own by which every file may be read, and then reads the user's.

stopped by: seccomp, landlock, root
"""

import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
CREATE, ADD, RESTRICT = 444, 445, 446  # the same on every machine
PATH_BENEATH, READ, READ_FOLDER, PR_SET_NO_NEW_PRIVS = 1, 1 << 2, 1 << 3, 38


def attack(decoys):
    libc.prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), 0, 0, 0)
    rules = libc.syscall(CREATE, struct.pack("<Q", READ | READ_FOLDER), ctypes.c_size_t(8), 0)
    everything = struct.pack("<Qi", READ | READ_FOLDER, os.open("/", os.O_PATH))
    for result in (
        rules,
        libc.syscall(ADD, rules, PATH_BENEATH, everything, 0),
        libc.syscall(RESTRICT, rules, 0),
    ):
        if result < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return open(decoys["secret"]).read() == decoys["words"]
