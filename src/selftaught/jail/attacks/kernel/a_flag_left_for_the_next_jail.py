"""Leaves a word for the next jail in the flags of a descriptor that all jails of a zygote share.

stopped by: seccomp
"""

import fcntl
import os
import struct

FIONBIO = 0x5421


def attack(decoys):
    refused = ValueError("nothing was tried")
    before = fcntl.fcntl(0, fcntl.F_GETFL)
    for change in (
        lambda: fcntl.fcntl(0, fcntl.F_SETFL, before ^ os.O_APPEND),
        lambda: fcntl.ioctl(0, FIONBIO, struct.pack("i", not before & os.O_NONBLOCK)),
    ):
        try:
            change()
            if fcntl.fcntl(0, fcntl.F_GETFL) != before:
                return True
        except OSError as problem:
            refused = problem
    raise refused
