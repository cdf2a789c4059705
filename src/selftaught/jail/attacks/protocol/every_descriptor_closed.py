"""Closes every descriptor that it has, and stays.

stopped by: frames
verdict: killed
wants: the owner hangs
"""

import os
import time


def attack(decoys):
    os.closerange(0, 1 << 16)
    time.sleep(decoys["seconds"])
    os._exit(0)
