"""Sends a dict whose keys are a number, nothing, bytes, and a list.

stopped by: frames
verdict: refused
wants: a value that may not cross
"""

import os

RESULT = b"\x94\xa6result\x01\xc3"


def frame(body):
    return len(body).to_bytes(4, "little") + body


def attack(decoys):
    os.write(3, frame(RESULT + b"\x83\x01\x02\xc0\x02\xc4\x01x\x02"))
