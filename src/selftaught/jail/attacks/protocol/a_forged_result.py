"""Sends a result of its own making, past all checks inside: a number that is none.

stopped by: frames
verdict: refused
wants: a value that may not cross
canary: yes
"""

import os

RESULT = b"\x94\xa6result\x01\xc3"


def frame(body):
    return len(body).to_bytes(4, "little") + body


def attack(decoys):
    os.write(3, frame(RESULT + b"\xcb\x7f\xf8\0\0\0\0\0\0"))
