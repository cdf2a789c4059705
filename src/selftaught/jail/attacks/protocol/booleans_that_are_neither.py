"""Sends an array of booleans that are neither true nor false.

stopped by: frames
verdict: refused
wants: a value that may not cross
"""

import os

RESULT = b"\x94\xa6result\x01\xc3"


def frame(body):
    return len(body).to_bytes(4, "little") + body


def attack(decoys):
    os.write(3, frame(RESULT + b"\xc7\x0d\x01" + b"\0\1" + (3).to_bytes(8, "little") + b"\2\xff\7"))
