"""Reads the environment of the command, the warm process, its parent or another process; there the keys are.

stopped by: landlock, root, namespaces, pid namespace
canary: yes
"""

import ctypes
import os

SETTINGS = (b"0", b"1", b"C.UTF-8")  # what the warm process is given says no more than these


def own(decoys):
    """What the warm process was started with."""
    block = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), "environ")
    count = 0
    while block[count]:
        yield block[count]
        count += 1
    yield from (f"{name}={value}".encode() for name, value in os.environ.items())


def others(decoys):
    refused = ValueError("no process is there")
    for pid in (*(decoys[name] for name in ("victim", "owner", "zygote", "other")), os.getppid(), "self", 1):
        try:
            with open(f"/proc/{pid}/environ", "rb") as environment:
                yield from environment.read().split(b"\0")
        except OSError as problem:
            refused = problem
    raise refused


def attack(decoys):
    for source in (own, others):
        for entry in source(decoys):
            if entry and entry.partition(b"=")[2] not in SETTINGS:
                return True
    return False
