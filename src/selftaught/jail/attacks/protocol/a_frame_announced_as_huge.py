"""Announces a frame of four thousand million bytes, and has its owner make room for it.

stopped by: frames
verdict: refused
wants: the owner's memory
"""

import os
import time


def attack(decoys):
    os.write(3, b"\xf0\xff\xff\xff" + b"\x94\xa6result\x01\xc3")
    time.sleep(decoys["seconds"])
