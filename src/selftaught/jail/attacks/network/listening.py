"""Listens by TCP, over IPv4 and IPv6, for whoever comes.

stopped by: seccomp, landlock
"""

import socket


def attack(decoys):
    refused = ValueError("nowhere to listen")
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.create_server((address, 0), family=family) as server:
                return server.getsockname()[1] > 0
        except OSError as problem:
            refused = problem
    raise refused
