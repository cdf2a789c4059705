"""Puts its wire in the place of its output, so that what it prints are frames.

stopped by: frames
verdict: refused
wants: the owner's memory
"""

import os


def attack(decoys):
    os.dup2(3, 1)
    os.dup2(3, 2)
    os.write(2, b"hello, owner\n")
    print("hello, owner", flush=True)
    os.read(3, 1)
