"""Sends a result that stands for an object of its owner's.

stopped by: frames
verdict: refused
wants: a value that may not cross
given: a trusted object
"""

import os

RESULT = b"\x94\xa6result\x01\xc3"


def frame(body):
    return len(body).to_bytes(4, "little") + body


def attack(decoys, trusted):
    os.write(3, frame(RESULT + b"\xd4\x02\x00"))
