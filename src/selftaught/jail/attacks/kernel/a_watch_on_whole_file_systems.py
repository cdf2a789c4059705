"""Has itself told of what happens to files, by fanotify.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
FAN_REPORT_FID, FAN_MODIFY, FAN_MARK_ADD, AT_FDCWD = 0x200, 2, 1, -100


def attack(decoys):
    watch = libc.fanotify_init(FAN_REPORT_FID, os.O_RDONLY)
    refused = ctypes.get_errno()
    for place in (decoys["secret"], decoys["library"], "/"):
        if watch >= 0:
            if (
                libc.fanotify_mark(watch, FAN_MARK_ADD, ctypes.c_uint64(FAN_MODIFY), AT_FDCWD, place.encode())
                == 0
            ):
                return True
            refused = ctypes.get_errno()
    raise OSError(refused, os.strerror(refused))
