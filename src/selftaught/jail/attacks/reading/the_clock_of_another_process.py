"""Reads how much CPU time another process has used, which tells what it does.

stopped by: seccomp, pid namespace
"""

import os
import time


def attack(decoys):
    refused = ValueError("no clock is there")
    for pid in (decoys["owner"], decoys["zygote"], decoys["victim"], decoys["other"]):
        for kind in (0, 1, 2):  # clock_getcpuclockid(3): profiling, virtual, scheduled time
            try:
                if time.clock_gettime((~pid << 3) | kind) >= 0:
                    return True
            except OSError as problem:
                refused = problem
        try:
            if os.sched_getaffinity(pid):
                return True
        except OSError as problem:
            refused = problem
    raise refused
