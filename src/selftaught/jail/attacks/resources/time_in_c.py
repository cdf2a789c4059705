"""Computes for longer than its limit in a single call in C, which no signal's handler interrupts.

stopped by: watch
verdict: timeout
limits: cpu_s=0.05 wall_s=20
"""

import itertools
import time


def attack(decoys):
    size, took = 1 << 20, 0.0
    while took < 0.2:
        began = time.process_time()
        sum(itertools.repeat(1, size))
        took = time.process_time() - began
        size *= 2
    return True
