"""Takes a port of UDP, over IPv4 and IPv6, and waits for datagrams there.

stopped by: seccomp
"""

import socket


def attack(decoys):
    refused = ValueError("nowhere to listen")
    for family, address in ((socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1")):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as server:
                server.bind((address, 0))
                return server.getsockname()[1] > 0
        except OSError as problem:
            refused = problem
    raise refused
