"""Computes for longer than its limit where nobody called it: in the handler of a timer, while it seems to sleep.

stopped by: watch
verdict: timeout
limits: cpu_s=0.05 wall_s=20
"""

import signal
import time

SPENT = []


def tick(*_):
    end = time.process_time() + 0.02
    while time.process_time() < end:
        pass
    SPENT.append(0.02)
    signal.setitimer(signal.ITIMER_REAL, 0.001)


def attack(decoys):
    signal.signal(signal.SIGALRM, tick)
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    while len(SPENT) < 15:
        time.sleep(1)
    signal.setitimer(signal.ITIMER_REAL, 0)
    return True
