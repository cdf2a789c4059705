"""Makes a second process of itself, by Python's calls and by the C library's.

stopped by: seccomp
canary: quick
"""

import ctypes
import os

libc = ctypes.PyDLL(None, use_errno=True)


def by_the_c_library():
    pid = libc.fork()
    if pid < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return pid


def attack(decoys):
    refused = ValueError("no spelling was tried")
    for fork in (lambda: os.forkpty()[0], by_the_c_library, os.fork):
        try:
            pid = fork()
        except OSError as problem:
            refused = problem
            continue
        if pid == 0:
            os._exit(0)
        return os.waitpid(pid, 0)[0] == pid
    raise refused
