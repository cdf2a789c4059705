"""Sends lists within lists, a hundred thousand deep.

stopped by: frames
verdict: refused
wants: the owner raises
"""

import os

RESULT = b"\x94\xa6result\x01\xc3"


def frame(body):
    return len(body).to_bytes(4, "little") + body


def attack(decoys):
    os.write(3, frame(RESULT + b"\x91" * 60000 + b"\xc0"))
