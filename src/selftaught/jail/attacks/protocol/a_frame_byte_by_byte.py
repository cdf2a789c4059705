"""Sends a frame so slowly that it is never whole, and is never silent for long.

stopped by: watch
verdict: timeout
limits: cpu_s=2 wall_s=0.2
wants: the owner hangs
"""

import os
import time


def attack(decoys):
    end = time.monotonic() + decoys["seconds"]
    os.write(3, b"\0\0\0\1\x94\xa6result\x01\xc3\xc6\0\xff\xff\0")
    while time.monotonic() < end:
        os.write(3, b"x")
        time.sleep(0.0005)
    os._exit(0)
