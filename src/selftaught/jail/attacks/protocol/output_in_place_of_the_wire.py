"""Puts its output in the place of its wire, and so hangs up without ending.

stopped by: frames
verdict: killed
wants: the owner hangs
"""

import os
import time


def attack(decoys):
    os.dup2(1, 3)
    time.sleep(decoys["seconds"])
    os._exit(0)
