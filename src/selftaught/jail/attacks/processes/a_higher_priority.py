"""Gets itself a priority above all others', or the processor for as long as it likes.

stopped by: capabilities, seccomp, root, namespaces, pid namespace
as: root
"""

import os


def attack(decoys):
    refused = ValueError("nothing was tried")
    for change in (
        lambda: os.nice(-5),
        lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)),
        lambda: os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1)),
    ):
        try:
            change()
            return True
        except OSError as problem:
            refused = problem
    raise refused
