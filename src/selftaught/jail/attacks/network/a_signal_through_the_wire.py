"""Has its own wire give it a descriptor of the process at the other end, and signals that process by it.

stopped by: seccomp, landlock, pid namespace
"""

import signal
import socket

SO_PEERPIDFD = 77


def attack(decoys):
    wire = socket.socket(fileno=3)
    try:
        owner = int.from_bytes(wire.getsockopt(socket.SOL_SOCKET, SO_PEERPIDFD, 4), "little")
    finally:
        wire.detach()
    signal.pidfd_send_signal(owner, signal.SIGURG)
    return True
