"""Gives a file of the user's another name, or puts another in its place.

stopped by: seccomp, landlock, root
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
EXCHANGE = 2


def exchanged(one, another):
    if libc.renameat2(-100, one.encode(), -100, another.encode(), EXCHANGE) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def attack(decoys):
    refused = ValueError("it has its name still")
    spare, secret = decoys["spare"], decoys["secret"]
    for there, back in (
        (lambda: os.rename(spare, spare + "d"), lambda: os.rename(spare + "d", spare)),
        (lambda: os.replace(spare, spare + "d"), lambda: os.replace(spare + "d", spare)),
        (lambda: exchanged(spare, secret), lambda: exchanged(spare, secret)),
    ):
        try:
            there()
            back()
            return True
        except OSError as problem:
            refused = problem
    raise refused
