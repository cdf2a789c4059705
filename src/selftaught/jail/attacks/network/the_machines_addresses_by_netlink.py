"""Asks the kernel by netlink which addresses the machine has.

stopped by: seccomp, namespaces
"""

import socket
import struct

RTM_GETADDR, DUMP = 22, 0x301  # a request for all there are


def attack(decoys):
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as line:
        line.settimeout(5)
        line.send(struct.pack("<IHHII8x", 24, RTM_GETADDR, DUMP, 1, 0))
        if socket.inet_aton("127.0.0.1") in line.recv(1 << 16):
            return True
    raise LookupError("as if there were none")
