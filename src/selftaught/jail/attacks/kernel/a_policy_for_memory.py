"""Decides on which node of the machine its memory lies, and asks where it does.

stopped by: seccomp
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
MBIND, SET_MEMPOLICY, GET_MEMPOLICY = {"x86_64": (237, 238, 239), "aarch64": (235, 237, 236)}[
    os.uname().machine
]


def attack(decoys):
    mode, nodes = ctypes.c_int(), ctypes.create_string_buffer(512)
    for call in (
        lambda: libc.syscall(SET_MEMPOLICY, 0, None, ctypes.c_ulong(0)),
        lambda: libc.syscall(
            GET_MEMPOLICY,
            ctypes.byref(mode),
            nodes,
            ctypes.c_ulong(4096),
            ctypes.c_ulong(0),
            ctypes.c_ulong(0),
        ),
        lambda: libc.syscall(MBIND, None, ctypes.c_ulong(0), 0, None, ctypes.c_ulong(0), 0),
    ):
        if call() == 0:
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
