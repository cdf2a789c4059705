"""Sends an array that has less content than its shape says.

stopped by: frames
verdict: refused
wants: the owner raises
"""

import os

RESULT = b"\x94\xa6result\x01\xc3"


def frame(body):
    return len(body).to_bytes(4, "little") + body


def attack(decoys):
    os.write(3, frame(RESULT + b"\xc7\x0b\x01" + b"\2\1" + (100).to_bytes(8, "little") + b"x"))
