"""Makes a second process of itself by clone3, whose flags lie in memory, where no filter can read them.

stopped by: seccomp
"""

import ctypes
import os
import signal
import struct

libc = ctypes.PyDLL(None, use_errno=True)
CLONE3 = 435  # the same on every machine


def attack(decoys):
    asked = struct.pack("<8Q", 0, 0, 0, 0, signal.SIGCHLD, 0, 0, 0)
    pid = libc.syscall(CLONE3, asked, ctypes.c_size_t(len(asked)))
    if pid == 0:
        os._exit(0)
    if pid < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return os.waitpid(pid, 0)[0] == pid
