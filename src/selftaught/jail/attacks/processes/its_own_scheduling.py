"""Decides when and where it runs itself: its priority, policy and processors, and its turn at the disks.

stopped by: seccomp
"""

import ctypes
import os
import struct

libc = ctypes.CDLL(None, use_errno=True)
SCHED_SETATTR, IOPRIO_SET = {"x86_64": (314, 251), "aarch64": (274, 30)}[os.uname().machine]


def called(number, *arguments):
    if libc.syscall(number, *arguments) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def attack(decoys):
    refused = ValueError("nothing was tried")
    for change in (
        lambda: os.nice(1),
        lambda: os.setpriority(os.PRIO_PROCESS, 0, 5),
        lambda: os.sched_setaffinity(0, os.sched_getaffinity(0)),
        lambda: os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0)),
        lambda: os.sched_setparam(0, os.sched_param(0)),
        lambda: called(SCHED_SETATTR, 0, struct.pack("<IIQiIQQQ", 48, os.SCHED_IDLE, 0, 0, 0, 0, 0, 0), 0),
        lambda: called(IOPRIO_SET, 1, 0, 2 << 13 | 7),
    ):
        try:
            change()
            return True
        except OSError as problem:
            refused = problem
    raise refused
