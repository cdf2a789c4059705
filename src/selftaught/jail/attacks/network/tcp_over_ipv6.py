"""Connects to a server on this machine by TCP over IPv6, also at an IPv4 address that is written as one of IPv6.

stopped by: seccomp, landlock, namespaces
"""

import socket


def attack(decoys):
    refused = ValueError("no server to connect to")
    for address, port in (("::1", decoys["tcp6"]), ("::ffff:127.0.0.1", decoys["tcp"])):
        try:
            with socket.socket(socket.AF_INET6) as line:
                line.settimeout(5)
                line.connect((address, port))
                return line.getpeername()[1] == port
        except OSError as problem:
            refused = problem
    raise refused
