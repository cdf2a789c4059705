"""Has the kernel page out memory, another process's and its own, by process_madvise.

stopped by: seccomp
"""

import ctypes
import mmap
import os

libc = ctypes.CDLL(None, use_errno=True)
PIDFD_OPEN, PROCESS_MADVISE, MADV_PAGEOUT = 434, 440, 21  # the same on every machine


def attack(decoys):
    own = mmap.mmap(-1, 4096)
    for pid, where in (
        (decoys["victim"], decoys["address"]),
        (decoys["other"], decoys["kept"]),
        (os.getpid(), ctypes.addressof(ctypes.c_char.from_buffer(own))),
    ):
        process = libc.syscall(PIDFD_OPEN, pid, 0)
        vector = (ctypes.c_ulong * 2)(where & ~4095, 4096)
        if (
            process >= 0
            and libc.syscall(PROCESS_MADVISE, process, vector, ctypes.c_ulong(1), MADV_PAGEOUT, 0) >= 0
        ):
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
