"""Sends a datagram by UDP over IPv6, also to an IPv4 address that is written as one of IPv6, and by UDP-Lite.

stopped by: seccomp, namespaces
"""

import socket


def attack(decoys):
    refused = ValueError("nothing was sent")
    for protocol in (socket.IPPROTO_UDP, socket.IPPROTO_UDPLITE):
        for address, port in (("::1", decoys["udp6"]), ("::ffff:127.0.0.1", decoys["udp"])):
            try:
                with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM, protocol) as line:
                    return line.sendto(b"x", (address, port)) == 1
            except OSError as problem:
                refused = problem
    raise refused
