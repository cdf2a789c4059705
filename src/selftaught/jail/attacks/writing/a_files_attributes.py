"""Changes a file's extended attributes or its flags.

stopped by: seccomp, root
"""

import fcntl
import os

GET_FLAGS, SET_FLAGS, NO_DUMP = 0x80086601, 0x40086602, 0x40


def flagged(path):
    file = os.open(path, os.O_RDONLY)
    flags = bytearray(8)
    fcntl.ioctl(file, GET_FLAGS, flags)
    flags[0] |= NO_DUMP
    fcntl.ioctl(file, SET_FLAGS, bytes(flags))


SPELLINGS = (
    lambda path: os.setxattr(path, "user.attack", b"left"),
    lambda path: os.setxattr(path, "user.attack", b"left", follow_symlinks=False),
    lambda path: os.setxattr(os.open(path, os.O_RDONLY), "user.attack", b"left"),
    lambda path: os.removexattr(path, "user.attack"),
    flagged,
)


def attack(decoys):
    refused = ValueError("they are as they were")
    for spelling in SPELLINGS:
        try:
            spelling(decoys["spare"])
            return True
        except OSError as problem:
            refused = problem
    raise refused
