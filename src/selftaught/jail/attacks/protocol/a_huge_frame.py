"""Sends a frame of 64 MiB, all of it.

stopped by: frames
verdict: refused
wants: a value that may not cross
"""

import os

SIZE = 64 << 20
HEAD = b"\x94\xa6result\x01\xc3\xc6" + SIZE.to_bytes(4, "big")


def attack(decoys):
    os.write(3, (len(HEAD) + SIZE).to_bytes(4, "little") + HEAD)
    for _ in range(SIZE >> 16):
        left = bytes(1 << 16)
        while left:
            left = left[os.write(3, left) :]
