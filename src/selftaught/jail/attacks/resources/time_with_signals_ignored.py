"""Computes on when it is told by signals that its time is over, and puts its limit up each time.

stopped by: limits, watch
verdict: timeout
limits: cpu_s=0.05 wall_s=20
"""

import resource
import signal
import time


def more_time(*_):
    try:
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (hard, hard))
    except (OSError, ValueError):
        signal.signal(signal.SIGXCPU, signal.SIG_IGN)


def attack(decoys):
    for number in set(signal.Signals) - {signal.SIGKILL, signal.SIGSTOP, signal.SIGXCPU}:
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGXCPU, more_time)
    end = time.process_time() + 2.6  # the kernel counts whole seconds, and is asked for two
    while time.process_time() < end:
        pass
    return True
