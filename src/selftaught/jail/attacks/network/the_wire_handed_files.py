"""Sends open files through its own wire with SCM_RIGHTS, along with a result that it forged.

stopped by: seccomp
"""

import array
import socket

FRAME = b"\x0b\x00\x00\x00\x94\xa6result\x01\xc3\xc3"  # of the first call: True


def attack(decoys):
    wire = socket.socket(fileno=3)
    try:
        wire.sendmsg([FRAME], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 3]))])
    finally:
        wire.detach()
    raise ValueError("nobody reads the wire")
