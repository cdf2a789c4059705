"""Sends a text of five million halves of characters, which each take as long to read as a value.

stopped by: frames
verdict: refused
wants: the owner raises
"""

import os

NUMBER = (16 << 20) // 3 - 64


def attack(decoys):
    body = b"\x94\xa6result\x01\xc3\xdb" + (3 * NUMBER).to_bytes(4, "big") + b"\xed\xa0\x80" * NUMBER
    left = memoryview(len(body).to_bytes(4, "little") + body)
    while left:
        left = left[os.write(3, left) :]
