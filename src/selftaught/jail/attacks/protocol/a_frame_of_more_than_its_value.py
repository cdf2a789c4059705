"""Sends a frame in which something follows the value.

stopped by: frames
verdict: refused
wants: the owner raises
"""

import os

RESULT = b"\x94\xa6result\x01\xc3"


def frame(body):
    return len(body).to_bytes(4, "little") + body


def attack(decoys):
    os.write(3, frame(RESULT + b"\x01" + b"\xc0\xc0"))
