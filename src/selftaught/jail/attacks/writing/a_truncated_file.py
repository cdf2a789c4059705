"""Cuts a file of the user's short, or has room made in it.

stopped by: seccomp, landlock, root
"""

import os

SPELLINGS = (
    lambda path: os.truncate(path, 0),
    lambda path: os.truncate(os.open(path, os.O_RDWR), 0),
    lambda path: os.ftruncate(os.open(path, os.O_WRONLY), 0),
    lambda path: open(path, "r+b").truncate(0),
    lambda path: os.posix_fallocate(os.open(path, os.O_RDWR), 0, 1),
)


def attack(decoys):
    refused = ValueError("it is as it was")
    for spelling in SPELLINGS:
        try:
            spelling(decoys["spare"])
            return True
        except OSError as problem:
            refused = problem
    raise refused
