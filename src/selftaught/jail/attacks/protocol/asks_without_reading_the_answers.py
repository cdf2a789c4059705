"""Asks on and on, with arguments that come back, and reads no answer.

stopped by: frames
verdict: refused
wants: the owner hangs
given: a trusted object
"""

import os

SIZE = 100_000
BODY = b"\x96\xa3ask\x09\x00\xa4echo\x91\xc6" + SIZE.to_bytes(4, "big") + bytes(SIZE) + b"\x80"


def attack(decoys, trusted):
    data = len(BODY).to_bytes(4, "little") + BODY
    for _ in range(3000):
        left = data
        while left:
            left = left[os.write(3, left) :]
