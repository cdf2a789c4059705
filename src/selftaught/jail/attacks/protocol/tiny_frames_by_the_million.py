"""Asks for something small, as often as it can, and lets its owner do the work.

stopped by: frames, watch
verdict: timeout|refused|ok
limits: cpu_s=0.05 wall_s=5
wants: the owner hangs
given: a trusted object
"""

import os
import time

BODY = b"\x96\xa3ask\x09\x00\xa5shown\x90\x80"
ANSWER = 4 + len(b"\x94\xa5reply\x09\xc3\xa9something")


def attack(decoys, trusted):
    asks = (len(BODY).to_bytes(4, "little") + BODY) * 500
    end = time.monotonic() + decoys["seconds"]
    while time.monotonic() < end:
        os.write(3, asks)
        answers = 0
        while answers < 500 * ANSWER:
            answers += len(os.read(3, 1 << 16))
    return True
