"""Leaves a grandchild behind in a session of its own, deaf to signals, which answers when its elders have ended.

stopped by: seccomp, pid namespace
"""

import os
import signal
import time

ANSWER = b"\x0b\x00\x00\x00\x94\xa6result\x01\xc3\xc3"  # the first call's result: True


def attack(decoys):
    if os.fork():
        os._exit(0)
    os.setsid()
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_IGN)
    parent = os.getpid()
    if os.fork():
        os._exit(0)
    os.chdir("/")
    while os.getppid() == parent:
        time.sleep(0.001)
    os.write(3, ANSWER)
    os._exit(0)
