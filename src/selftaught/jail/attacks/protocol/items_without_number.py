"""Sends millions of empty lists in as few bytes as a frame may have: each becomes an object of a hundred bytes.

stopped by: frames
verdict: refused
wants: the owner's memory
"""

import os

NUMBER = (16 << 20) - 64


def attack(decoys):
    body = b"\x94\xa6result\x01\xc3\xdd" + NUMBER.to_bytes(4, "big") + b"\x90" * NUMBER
    left = memoryview(len(body).to_bytes(4, "little") + body)
    while left:
        left = left[os.write(3, left) :]
