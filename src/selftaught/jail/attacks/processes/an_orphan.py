"""Leaves a child behind when it ends, which then answers through the wire in its stead.

stopped by: seccomp, pid namespace
"""

import os
import time

ANSWER = b"\x0b\x00\x00\x00\x94\xa6result\x01\xc3\xc3"  # the first call's result: True


def attack(decoys):
    parent = os.getpid()
    if os.fork():
        os._exit(0)
    while os.getppid() == parent:
        time.sleep(0.001)
    os.write(3, ANSWER)
    os._exit(0)
