"""Returns, and leaves threads that go on computing and waiting, deaf to every signal but one.

stopped by: watch
verdict: ok
limits: cpu_s=0.3 wall_s=5
wants: the owner hangs
"""

import signal
import threading
import time


def compute(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def attack(decoys):
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP}:
        signal.signal(number, signal.SIG_IGN)
    for work in (compute, time.sleep):
        threading.Thread(target=work, args=(decoys["seconds"],)).start()
    return 1.0
