"""Sets the machine's clock: by nothing, which is asked for like any other change.

stopped by: capabilities, seccomp, root, namespaces, pid namespace
as: root
"""

import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
ADJ_SETOFFSET = 0x0100


def attack(decoys):
    if libc.adjtimex(struct.pack("<I", ADJ_SETOFFSET).ljust(208, b"\0")) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
