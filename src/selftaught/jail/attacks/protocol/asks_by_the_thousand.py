"""Asks thousands of times at once for what takes its owner a while.

stopped by: frames
verdict: refused
wants: the owner hangs
given: a trusted object
"""

import os
import time

BODY = b"\x96\xa3ask\x09\x00\xa4wait\x90\x80"


def attack(decoys, trusted):
    left = (len(BODY).to_bytes(4, "little") + BODY) * 4000
    while left:
        left = left[os.write(3, left) :]
    time.sleep(decoys["seconds"])
