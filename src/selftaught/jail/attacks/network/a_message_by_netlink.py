"""Sends a message to another process by netlink, which needs no address but a number.

stopped by: seccomp, namespaces
"""

import socket


def attack(decoys):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, socket.NETLINK_USERSOCK) as line:
        return line.sendto(b"x" * 32, (decoys["netlink"], 0)) == 32
