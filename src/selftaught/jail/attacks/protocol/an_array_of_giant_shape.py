"""Sends an array of a few bytes that says it has a million million.

stopped by: frames
verdict: refused
wants: the owner's memory
"""

import os

RESULT = b"\x94\xa6result\x01\xc3"


def frame(body):
    return len(body).to_bytes(4, "little") + body


def attack(decoys):
    os.write(3, frame(RESULT + b"\xc7\x12\x01" + b"\2\1" + (1 << 40).to_bytes(8, "little") + bytes(8)))
