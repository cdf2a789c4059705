"""Sends what marks a tuple where there is none: alone, and with a content that is no list.

stopped by: frames
verdict: refused
wants: the owner raises
"""

import os

RESULT = b"\x94\xa6result\x01\xc3"


def frame(body):
    return len(body).to_bytes(4, "little") + body


def attack(decoys):
    os.write(3, frame(RESULT + b"\x93\x01\xc7\x00\x03\xc7\x01\x03\x05"))
