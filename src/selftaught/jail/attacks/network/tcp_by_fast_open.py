"""Connects by TCP and sends in one call, sendto with MSG_FASTOPEN, which never goes through connect.

stopped by: seccomp, namespaces
"""

import socket


def attack(decoys):
    with socket.socket() as line:
        line.sendto(b"GET / HTTP/1.0\r\n\r\n", socket.MSG_FASTOPEN, ("127.0.0.1", decoys["tcp"]))
        return line.getpeername()[1] == decoys["tcp"]
