"""Sends dates and times in the form that MessagePack has for them.

stopped by: frames
verdict: refused
wants: a value that may not cross
"""

import os

RESULT = b"\x94\xa6result\x01\xc3"


def frame(body):
    return len(body).to_bytes(4, "little") + body


def attack(decoys):
    os.write(3, frame(RESULT + b"\x93\xd6\xff\0\0\0\1\xd7\xff" + bytes(8) + b"\xc7\x0c\xff" + bytes(12)))
