"""Sends an integer that has no room in what others keep integers in.

stopped by: frames
verdict: refused
wants: a value that may not cross
"""

import os

RESULT = b"\x94\xa6result\x01\xc3"


def frame(body):
    return len(body).to_bytes(4, "little") + body


def attack(decoys):
    os.write(3, frame(RESULT + b"\xcf" + b"\xff" * 8))
