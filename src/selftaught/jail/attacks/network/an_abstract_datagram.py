"""Sends a datagram to a unix socket by its abstract name.

stopped by: seccomp, landlock, namespaces
"""

import socket


def attack(decoys):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        return line.sendto(b"x", "\0" + decoys["abstract_datagram"]) == 1
