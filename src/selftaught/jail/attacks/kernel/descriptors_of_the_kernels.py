"""Makes descriptors that are no files: events, signals, timers, and what waits for others.

stopped by: seccomp
"""

import ctypes
import os
import select

libc = ctypes.CDLL(None, use_errno=True)


def by_the_c_library(name, *arguments):
    def make():
        result = getattr(libc, name)(*arguments)
        if result < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return result

    return make


def attack(decoys):
    refused = ValueError("none was tried")
    for make in (
        lambda: os.eventfd(0),
        by_the_c_library("signalfd", -1, bytes(128), 0),
        by_the_c_library("timerfd_create", 1, 0),
        lambda: select.epoll().fileno(),
        by_the_c_library("epoll_create", 1),
    ):
        try:
            return make() >= 0
        except OSError as problem:
            refused = problem
    raise refused
