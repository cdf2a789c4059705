"""Holds more memory than its limit in the kernel's buffers: in sockets that are filled and never read.

stopped by: seccomp
limits: memory_mb=8
"""

import contextlib
import socket


def attack(decoys):
    held, pairs, chunk = 0, [], bytes(1 << 15)
    while held < 9 << 20:
        pair = socket.socketpair()
        pairs.append(pair)
        for end in pair:
            end.setblocking(False)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 23)
            with contextlib.suppress(OSError):
                while True:
                    held += end.send(chunk)
    return True
