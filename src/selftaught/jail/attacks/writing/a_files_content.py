"""Writes into a file of the user's.

stopped by: limits, landlock, root
"""

import ctypes
import os
import pathlib

import numpy as np

libc = ctypes.CDLL(None, use_errno=True)
libc.fopen.restype = ctypes.c_void_p


def by_c(path):
    stream = libc.fopen(path.encode(), b"r+")
    if not stream or libc.fputs(b"lost", ctypes.c_void_p(stream)) < 0 or libc.fclose(ctypes.c_void_p(stream)):
        raise OSError(ctypes.get_errno(), "fputs")


SPELLINGS = (
    lambda path: open(path, "r+b", buffering=0).write(b"lost"),
    lambda path: open(path, "ab", buffering=0).write(b"lost"),
    lambda path: open(path, "wb", buffering=0).write(b"lost"),
    lambda path: os.write(os.open(path, os.O_WRONLY), b"lost"),
    lambda path: os.pwrite(os.open(path, os.O_WRONLY), b"lost", 0),
    lambda path: os.writev(os.open(path, os.O_RDWR | os.O_SYNC), [b"lo", b"st"]),
    lambda path: pathlib.Path(path).write_text("lost"),
    lambda path: np.frombuffer(b"lost", "u1").tofile(path),
    by_c,
)


def attack(decoys):
    refused = ValueError("it is as it was")
    for spelling in SPELLINGS:
        try:
            spelling(decoys["spare"])
            if b"lost" in open(decoys["spare"], "rb").read():
                return True
        except OSError as problem:
            refused = problem
    raise refused
