"""Gives as the cause of its failure twelve million letters, past what shortens them inside.

stopped by: frames
verdict: error|refused
wants: a value that may not cross
"""

import os

SIZE = 12 << 20


def attack(decoys):
    body = b"\x94\xa6result\x01\xc2\x93\xa5error\xdb" + SIZE.to_bytes(4, "big") + b"x" * SIZE + b"\xa0"
    left = memoryview(len(body).to_bytes(4, "little") + body)
    while left:
        left = left[os.write(3, left) :]
