"""Sends an array without any content that is a million million long the other way: its sum would take as many.

stopped by: frames
verdict: refused
wants: a value that may not cross
"""

import os

RESULT = b"\x94\xa6result\x01\xc3"


def frame(body):
    return len(body).to_bytes(4, "little") + body


def attack(decoys):
    os.write(3, frame(RESULT + b"\xc7\x12\x01" + b"\2\2" + bytes(8) + (1 << 40).to_bytes(8, "little")))
