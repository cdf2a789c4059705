"""Sends a result with an array where its number is expected, which is neither equal to it nor unequal.

stopped by: frames
verdict: refused
wants: the owner raises
"""

import os

RESULT = b"\x94\xa6result\x01\xc3"


def frame(body):
    return len(body).to_bytes(4, "little") + body


def attack(decoys):
    os.write(3, frame(b"\x94\xa6result\xc7\x0c\x01\2\1\2\0\0\0\0\0\0\0\0\1\xc3\x05"))
