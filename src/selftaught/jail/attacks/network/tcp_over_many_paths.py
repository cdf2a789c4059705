"""Connects to a TCP server by Multipath TCP, which is another protocol to the kernel.

stopped by: seccomp, namespaces
"""

import socket

IPPROTO_MPTCP = 262


def attack(decoys):
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP) as line:
        line.settimeout(5)
        line.connect(("127.0.0.1", decoys["tcp"]))
        return line.getpeername()[1] == decoys["tcp"]
