"""Has the kernel count events of its own execution and of another process's.

stopped by: seccomp
"""

import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
PERF_EVENT_OPEN = {"x86_64": 298, "aarch64": 241}[os.uname().machine]
SOFTWARE, CPU_CLOCK, USER_ONLY = 1, 0, 1 << 5 | 1 << 6  # neither the kernel nor a hypervisor


def attack(decoys):
    asked = struct.pack("<IIQQQQQ", SOFTWARE, 120, CPU_CLOCK, 0, 0, 0, USER_ONLY).ljust(120, b"\0")
    for pid in (decoys["victim"], decoys["other"], 0):
        if libc.syscall(PERF_EVENT_OPEN, asked, pid, -1, -1, ctypes.c_ulong(0)) >= 0:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
