"""Puts a filter of its own on itself that asks a program of its own what a call should answer.

stopped by: seccomp
"""

import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
SECCOMP = {"x86_64": 317, "aarch64": 277}[os.uname().machine]
PR_SET_NO_NEW_PRIVS, SET_MODE_FILTER, NEW_LISTENER = 38, 1, 8


def attack(decoys):
    program = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0x7FFF0000))  # allow all
    filters = struct.pack("HL", 1, ctypes.addressof(program))
    libc.prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), 0, 0, 0)
    if libc.syscall(SECCOMP, SET_MODE_FILTER, NEW_LISTENER, filters) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
