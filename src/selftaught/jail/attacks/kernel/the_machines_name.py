"""Gives the machine another name: the one that it has.

stopped by: capabilities, seccomp, root, pid namespace
as: root
"""

import ctypes
import os
import socket

libc = ctypes.CDLL(None, use_errno=True)


def attack(decoys):
    name = os.uname().nodename
    socket.sethostname(name)
    return libc.setdomainname(os.uname().version[:0].encode(), 0) == 0 and os.uname().nodename == name
