"""Connects to a unix socket by its abstract name, which is in no folder.

stopped by: seccomp, landlock, namespaces
canary: yes
"""

import socket


def attack(decoys):
    with socket.socket(socket.AF_UNIX) as line:
        line.connect("\0" + decoys["abstract"])
        return line.send(b"x") == 1
