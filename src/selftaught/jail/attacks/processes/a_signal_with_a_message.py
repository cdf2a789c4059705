"""Queues a signal with a value for another process, by each call that does so.

stopped by: seccomp, landlock, pid namespace
"""

import ctypes
import os
import signal
import struct

libc = ctypes.CDLL(None, use_errno=True)
TO_PROCESS, TO_THREAD = {"x86_64": (129, 297), "aarch64": (138, 240)}[os.uname().machine]
SI_QUEUE = -1


def attack(decoys):
    says = struct.pack("iii4xii", signal.SIGURG, 0, SI_QUEUE, os.getpid(), os.getuid()).ljust(128, b"\0")
    for whom in ("victim", "owner", "zygote", "other"):
        pid = decoys[whom]
        if pid in (0, os.getpid()):
            continue
        for sent in (
            lambda pid: libc.sigqueue(pid, signal.SIGURG, ctypes.c_void_p(1)),
            lambda pid: libc.syscall(TO_PROCESS, pid, signal.SIGURG, says),
            lambda pid: libc.syscall(TO_THREAD, pid, pid, signal.SIGURG, says),
        ):
            if sent(pid) == 0:
                return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
