"""Makes a second process of itself by the system calls' numbers, which no wrapper sees.

stopped by: seccomp
"""

import ctypes
import os
import signal

libc = ctypes.PyDLL(None, use_errno=True)
FORKS = {
    "x86_64": [
        (56, signal.SIGCHLD, 0, 0, 0, 0),
        (56, 0, 0, 0, 0, 0),
        (57,),
    ],  # clone, clone without a signal, fork
    "aarch64": [(220, signal.SIGCHLD, 0, 0, 0, 0), (220, 0, 0, 0, 0, 0)],
}[os.uname().machine]
WALL = 0x40000000  # wait also for a child that ends without a signal


def attack(decoys):
    for numbers in FORKS:
        pid = libc.syscall(*(ctypes.c_long(number) for number in numbers))
        if pid == 0:
            os._exit(0)
        if pid > 0:
            return os.waitpid(pid, WALL)[0] == pid
    raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
