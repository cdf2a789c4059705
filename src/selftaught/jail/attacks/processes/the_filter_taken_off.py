"""Takes its system call filter off again, or puts one on top that allows everything, and then does what it forbids.

stopped by: seccomp
"""

import ctypes
import os
import socket
import struct

libc = ctypes.CDLL(None, use_errno=True)
SECCOMP = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38


def attack(decoys):
    program = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000))  # allow all
    filters = struct.pack("HL", 1, ctypes.addressof(program))
    libc.prctl(PR_SET_SECCOMP, ctypes.c_ulong(0), 0, 0, 0)
    libc.prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), 0, 0, 0)
    libc.prctl(PR_SET_SECCOMP, ctypes.c_ulong(2), filters, 0, 0)
    libc.syscall(SECCOMP, 1, 0, filters)
    one, _ = socket.socketpair()
    return one.send(b"x") == 1
