"""Decides when and where another process runs: its priority, policy, processors, and its turn at the disks.

stopped by: seccomp, pid namespace
"""

import ctypes
import os

libc = ctypes.CDLL(None, use_errno=True)
IOPRIO_SET = {"x86_64": 251, "aarch64": 30}[os.uname().machine]


def at_the_disks(pid):
    if libc.syscall(IOPRIO_SET, 1, pid, 2 << 13 | 7) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def attack(decoys):
    refused = ValueError("nobody to slow down")
    for whom in ("victim", "other"):
        for change in (
            lambda pid: os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, pid)),
            lambda pid: os.sched_setaffinity(pid, os.sched_getaffinity(pid)),
            lambda pid: os.sched_setscheduler(pid, os.SCHED_BATCH, os.sched_param(0)),
            at_the_disks,
        ):
            try:
                change(decoys[whom])
                return True
            except OSError as problem:
                refused = problem
    raise refused
