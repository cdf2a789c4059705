"""Reads the kernel's log, which tells addresses and devices.

stopped by: capabilities, seccomp, root, namespaces, pid namespace
as: root
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
READ_ALL, SIZE_BUFFER = 3, 10


def attack(decoys):
    text = ctypes.create_string_buffer(4096)
    for call in (lambda: libc.klogctl(READ_ALL, text, 4096), lambda: libc.klogctl(SIZE_BUFFER, None, 0)):
        if call() > 0:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
