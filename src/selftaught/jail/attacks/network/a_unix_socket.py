"""Connects to a unix socket by its path.

stopped by: seccomp, root
"""

import socket


def attack(decoys):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect(decoys["socket"])
        return line.send(b"x") == 1
