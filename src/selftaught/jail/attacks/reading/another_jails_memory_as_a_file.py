"""Reads through /proc the memory of the jail beside it, whose program was told something.

stopped by: landlock, root
"""

import os


def attack(decoys):
    refused = ValueError("not these words")
    for pid in (decoys["other"], os.getpid() + 1, os.getpid() - 1, 1, 2):
        for way in (f"/proc/{pid}/mem", f"/proc/{pid}/task/{pid}/mem"):
            try:
                with open(way, "rb", buffering=0) as memory:
                    memory.seek(decoys["kept"])
                    if memory.read(24) == decoys["words"].encode():
                        return True
            except OSError as problem:
                refused = problem
    raise refused
