"""Announces a frame and never sends the rest of it.

stopped by: watch
verdict: timeout
limits: cpu_s=2 wall_s=0.2
wants: the owner hangs
"""

import os
import time


def attack(decoys):
    os.write(3, b"\x40\0\0\0\x94\xa6result")
    time.sleep(decoys["seconds"])
    os._exit(0)
