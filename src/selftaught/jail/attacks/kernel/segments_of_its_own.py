"""Changes the processor's tables for it: a segment of its own, another base, a key for its pages.

stopped by: seccomp
"""

import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
MACHINE = os.uname().machine
MODIFY_LDT, ARCH_PRCTL, ARCH_GET_FS = 154, 158, 0x1003
PKEY_ALLOC = {"x86_64": 330, "aarch64": 289}[MACHINE]


def attack(decoys):
    entry = struct.pack("<IIII", 0, 0, 0xFFFFF, 0b1010001)  # a data segment of 32 bits over all
    base = ctypes.c_ulong()
    calls = [(PKEY_ALLOC, ctypes.c_ulong(0), ctypes.c_ulong(0))]
    if MACHINE == "x86_64":
        calls += [
            (MODIFY_LDT, 1, entry, ctypes.c_ulong(16)),
            (ARCH_PRCTL, ARCH_GET_FS, ctypes.byref(base)),
        ]
    for call in calls:
        result = libc.syscall(*call)
        if result >= 0:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
