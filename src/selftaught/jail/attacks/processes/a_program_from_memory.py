"""Makes a program of its own in memory, byte by byte, and puts it in its own place: it answers through the wire.

stopped by: limits, seccomp
"""

import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
EXECVEAT, AT_EMPTY_PATH = {"x86_64": 322, "aarch64": 281}[os.uname().machine], 0x1000
ANSWER = b"\x0b\x00\x00\x00\x94\xa6result\x01\xc3\xc3"  # the first call's result: True
START = 0x400000


def program(machine):
    begin = START + 120  # after two headers
    if machine == "x86_64":
        number = 62
        code = struct.pack(
            "<BIBIBIBI", 0xB8, 1, 0xBF, 3, 0xBE, begin + 34, 0xBA, len(ANSWER)
        )  # write(3, ANSWER)
        code += b"\x0f\x05" + struct.pack("<BIBI", 0xB8, 60, 0xBF, 0) + b"\x0f\x05"  # exit(0)
    else:
        number = 183
        words = (
            0xD2800060,  # mov x0, 3
            0x100000E1,  # adr x1, 28 bytes on
            0xD2800000 | len(ANSWER) << 5 | 2,  # mov x2, length
            0xD2800808,  # mov x8, 64: write
            0xD4000001,
            0xD2800000,  # mov x0, 0
            0xD2800BA8,  # mov x8, 93: exit
            0xD4000001,
        )
        code = struct.pack("<8I", *words)
    body = code + ANSWER
    header = b"\x7fELF\x02\x01\x01".ljust(16, b"\0")
    header += struct.pack("<HHIQQQIHHHHHH", 2, number, 1, begin, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    size = 120 + len(body)
    return header + struct.pack("<IIQQQQQQ", 1, 5, 0, START, START, size, size, 65536) + body


def attack(decoys):
    refused = ValueError("no spelling was tried")
    file = os.memfd_create("program", 0)
    os.write(file, program(decoys["machine"]))
    for start in (
        lambda: os.execve(file, ["program"], {}),
        lambda: os.execv(f"/proc/self/fd/{file}", ["program"]),
        lambda: libc.syscall(EXECVEAT, file, b"", None, None, AT_EMPTY_PATH),
    ):
        try:
            ctypes.set_errno(0)
            start()
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        except OSError as problem:
            refused = problem
    raise refused
