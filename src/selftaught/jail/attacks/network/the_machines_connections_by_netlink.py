"""Asks the kernel by netlink who listens on which port, and finds a server among them.

stopped by: seccomp, namespaces
"""

import socket
import struct

NETLINK_SOCK_DIAG, SOCK_DIAG_BY_FAMILY, DUMP = 4, 20, 0x301


def attack(decoys):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETLINK_SOCK_DIAG) as line:
        line.settimeout(5)
        asked = struct.pack("<BBBxI48x", socket.AF_INET, socket.IPPROTO_TCP, 0, 0xFFFFFFFF)
        line.send(struct.pack("<IHHII", 16 + len(asked), SOCK_DIAG_BY_FAMILY, DUMP, 1, 0) + asked)
        if struct.pack(">H", decoys["tcp"]) in line.recv(1 << 16):
            return True
    raise LookupError("as if there were none")
