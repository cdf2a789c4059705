"""Returns, and goes on sending: results for calls to come, which are none, without end.

stopped by: frames
verdict: ok
wants: the owner hangs
"""

import os
import threading
import time


def flood(seconds):
    frames = b"\x0c\0\0\0\x94\xa6result\x02\xc3\xc1" * 1000
    end = time.monotonic() + seconds
    time.sleep(0.05)
    while time.monotonic() < end:
        os.write(3, frames)


def attack(decoys):
    threading.Thread(target=flood, args=(decoys["seconds"],)).start()
    return 1.0
