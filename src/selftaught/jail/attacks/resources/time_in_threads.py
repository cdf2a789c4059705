"""Computes for longer than its limit, in threads that let go of the interpreter's lock, each of them for less.

stopped by: watch
verdict: timeout
limits: cpu_s=0.1 wall_s=20
"""

import hashlib
import threading
import time

SPENT = []


def compute():
    content = bytes(1 << 20)
    while time.thread_time() < 0.09:
        hashlib.blake2b(content).digest()
    SPENT.append(time.thread_time())


def attack(decoys):
    threads = [threading.Thread(target=compute) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return len(SPENT) == 5 and sum(SPENT) > 0.4
