"""Sends a signal to every process there is, to its own group and to another's: the victim shows what arrived.

stopped by: seccomp, landlock, pid namespace
"""

import os
import signal
import time


def attack(decoys):
    victim = decoys["victim"]
    refused = ProcessLookupError("it did not arrive")
    for send in (
        lambda: os.kill(-1, signal.SIGURG),
        lambda: os.killpg(os.getpgid(victim), signal.SIGURG),
        lambda: os.kill(0, signal.SIGURG),
        lambda: os.killpg(os.getpgrp(), signal.SIGURG),
    ):
        try:
            before = os.sched_getscheduler(victim)
        except OSError as problem:
            refused = problem
            before = None
        try:
            send()
            for _ in range(50):
                if before is not None and os.sched_getscheduler(victim) != before:
                    return True
                time.sleep(0.002)
        except OSError as problem:
            refused = problem
    raise refused
