"""Gets hold of an open file that is not its own: one left open when it was forked, or one of another process.

stopped by: landlock
"""

import ctypes
import fcntl
import os

libc = ctypes.CDLL(None, use_errno=True)
PIDFD_GETFD = 438  # the same on every machine


def left_open(decoys):
    for number in range(4, 4097):
        try:
            os.close(fcntl.fcntl(number, fcntl.F_DUPFD, 0))
        except OSError as problem:
            refused = problem
        else:
            return True
    raise refused


def shown(pid):
    for name in os.listdir(f"/proc/{pid}/fd"):
        try:
            os.close(os.open(f"/proc/{pid}/fd/{name}", os.O_RDONLY | os.O_NONBLOCK))
            return True
        except OSError as problem:
            refused = problem  # a socket cannot be opened again
    raise refused


def fetched(pid):
    process = os.pidfd_open(pid)
    for number in range(64):
        if (got := libc.syscall(ctypes.c_long(PIDFD_GETFD), process, number, 0)) >= 0:
            os.close(got)  # kept, it would keep the other end from being told of a hang-up
            return True
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def attack(decoys):
    refused = ValueError("no descriptor is there")
    pids = [decoys[name] for name in ("zygote", "victim", "owner", "other")]
    for spelling, whose in ((left_open, decoys), *((way, pid) for way in (shown, fetched) for pid in pids)):
        try:
            if spelling(whose):
                return True
        except OSError as problem:
            refused = problem
    raise refused
