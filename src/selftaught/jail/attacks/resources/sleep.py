"""Uses no CPU time at all, and keeps its place for longer than its limit: asleep, or waiting for what never comes.

stopped by: watch
verdict: timeout
limits: cpu_s=2 wall_s=0.1
"""

import os
import select
import signal
import threading
import time


def attack(decoys):
    while_it_waits = decoys["seconds"] / 5
    began = time.monotonic()
    time.sleep(while_it_waits)
    select.select([], [], [], while_it_waits)
    threading.Event().wait(while_it_waits)
    signal.sigtimedwait([signal.SIGUSR1], while_it_waits)
    ends = time.monotonic() + while_it_waits
    while time.monotonic() < ends:
        os.sched_yield()
        time.sleep(0.001)
    return time.monotonic() - began > decoys["seconds"] * 0.9
