"""Connects to a server on this machine by TCP.

stopped by: seccomp, landlock, namespaces
canary: quick
"""

import socket


def waiting(port):
    return socket.create_connection(("127.0.0.1", port), 5).getpeername()[1] == port


def without_waiting(port):
    line = socket.socket()
    line.setblocking(False)
    if line.connect_ex(("127.0.0.1", port)) not in (0, 115):  # 115: under way
        raise PermissionError("refused to connect")
    return line.getpeername()[1] == port


def attack(decoys):
    refused = ValueError("no server to connect to")
    for connect in (waiting, without_waiting):
        try:
            if connect(decoys["tcp"]):
                return True
        except OSError as problem:
            refused = problem
    raise refused
