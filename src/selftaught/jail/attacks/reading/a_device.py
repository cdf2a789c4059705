"""Opens a device: a source of chance that the seed does not fix, the terminal, the null device for writing.

stopped by: landlock, root
"""

import os

DEVICES = (
    "urandom",
    "random",
    "zero",
    "full",
    "null",
    "tty",
    "ptmx",
    "kvm",
    "fuse",
    "mem",
    "kmsg",
    "vda",
    "shm",
)


def attack(decoys):
    refused = ValueError("no device is there")
    for name in DEVICES:
        for flags in (os.O_RDONLY, os.O_RDWR):
            try:
                os.open(f"/dev/{name}", flags | os.O_NONBLOCK | os.O_NOCTTY)
                return True
            except OSError as problem:
                refused = problem
    raise refused
