"""Sends a packet that it made itself, by a raw socket, over IPv4 and IPv6.

stopped by: capabilities, seccomp, root, namespaces, pid namespace
as: root
"""

import socket

ECHO = bytes([8, 0, 0xF7, 0xFF, 0, 0, 0, 0])
ECHO_IPV6 = bytes([128, 0, 0, 0, 0, 0, 0, 0])


def attack(decoys):
    refused = ValueError("nothing was sent")
    for family, protocol, address, packet in (
        (socket.AF_INET, socket.IPPROTO_ICMP, "127.0.0.1", ECHO),
        (socket.AF_INET6, socket.IPPROTO_ICMPV6, "::1", ECHO_IPV6),
        (socket.AF_INET, socket.IPPROTO_RAW, "127.0.0.1", b"\x45" + bytes(19) + ECHO),
    ):
        try:
            with socket.socket(family, socket.SOCK_RAW, protocol) as line:
                return line.sendto(packet, (address, 0)) == len(packet)
        except OSError as problem:
            refused = problem
    raise refused
