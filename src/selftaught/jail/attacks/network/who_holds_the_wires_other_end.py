"""Asks its own wire which process holds the other end.

stopped by: seccomp, pid namespace
"""

import socket
import struct


def attack(decoys):
    wire = socket.socket(fileno=3)
    try:
        pid, _, _ = struct.unpack("iII", wire.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    finally:
        wire.detach()
    if pid != decoys["owner"]:
        raise ProcessLookupError("nobody")
    return True
