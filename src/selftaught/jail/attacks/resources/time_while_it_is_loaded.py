"""Computes for longer than its limit before it is called: while its text is run for the first time.

stopped by: watch
verdict: timeout
limits: cpu_s=0.05 wall_s=20
"""

import time

BEGAN = time.process_time()
while time.process_time() < BEGAN + 0.3:
    pass


def attack(decoys):
    return True
