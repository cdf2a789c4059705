"""Computes for longer than its limit, in Python, catching whatever would stop it.

stopped by: watch
verdict: timeout
limits: cpu_s=0.05 wall_s=20
"""

import time


def attack(decoys):
    end = time.process_time() + 0.3
    while time.process_time() < end:
        try:
            for number in range(1000):
                number * number
        except BaseException:
            continue
    return True
