"""Starts threads by the thousand, each with the least stack there is.

stopped by: limits, watch
verdict: error|memory|killed
limits: memory_mb=32
"""

import _thread
import threading
import time


def attack(decoys):
    end = threading.Event()
    _thread.stack_size(1 << 15)
    try:
        for _ in range(1200):
            _thread.start_new_thread(end.wait, ())
        until = time.monotonic() + 30
        while _thread._count() < 1200 and time.monotonic() < until:
            time.sleep(0.01)
        return _thread._count() >= 1200
    finally:
        end.set()
