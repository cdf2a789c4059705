"""Gives the kernel a program or a table of its own, by bpf.

stopped by: capabilities, seccomp, root, namespaces, pid namespace
as: root
"""

import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
BPF = {"x86_64": 321, "aarch64": 280}[os.uname().machine]
MAP_CREATE, PROG_LOAD, ARRAY, SOCKET_FILTER = 0, 5, 2, 1


def attack(decoys):
    table = struct.pack("<IIIII", ARRAY, 4, 4, 1, 0).ljust(128, b"\0")
    if libc.syscall(BPF, MAP_CREATE, table, len(table)) >= 0:
        return True
    code = ctypes.create_string_buffer(struct.pack("<BBhiBBhi", 0xB7, 0, 0, 0, 0x95, 0, 0, 0))  # return 0
    terms = ctypes.create_string_buffer(b"GPL")
    program = struct.pack("<IIQQ", SOCKET_FILTER, 2, ctypes.addressof(code), ctypes.addressof(terms)).ljust(
        128, b"\0"
    )
    if libc.syscall(BPF, PROG_LOAD, program, len(program)) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
