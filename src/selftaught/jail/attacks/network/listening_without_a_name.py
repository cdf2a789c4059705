"""Listens on TCP sockets that it never bound, to which the kernel then gives ports.

stopped by: seccomp
"""

import socket


def attack(decoys):
    refused = ValueError("nowhere to listen")
    for family in (socket.AF_INET, socket.AF_INET6):
        try:
            with socket.socket(family) as server:
                server.listen()
                return server.getsockname()[1] > 0
        except OSError as problem:
            refused = problem
    raise refused
