"""Asks file systems, by ioctl on files that it may read, for what they tell of them beside their content.

stopped by: seccomp
"""

import fcntl
import os

FIGETBSZ, FS_IOC_GETFLAGS, FS_IOC_GETVERSION, FIEMAP = 0x2, 0x80086601, 0x80087601, 0xC020660B


def attack(decoys):
    refused = ValueError("nothing was asked")
    file = os.open(os.__file__, os.O_RDONLY)
    for question in (FIGETBSZ, FS_IOC_GETFLAGS, FS_IOC_GETVERSION, FIEMAP):
        try:
            fcntl.ioctl(file, question, bytes(64))
            return True
        except OSError as problem:
            refused = problem
    raise refused
