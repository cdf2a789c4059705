"""Sends an array of numbers whose kind there is not, with more dimensions than there may be.

stopped by: frames
verdict: refused
wants: the owner raises
"""

import os

RESULT = b"\x94\xa6result\x01\xc3"


def frame(body):
    return len(body).to_bytes(4, "little") + body


def attack(decoys):
    os.write(3, frame(RESULT + b"\xc8\x03\x23\x01" + b"\xc8\x64" + bytes(801)))
