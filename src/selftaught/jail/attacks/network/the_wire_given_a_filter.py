"""Attaches a program for the kernel to its own wire, which then decides there what arrives.

stopped by: seccomp
"""

import ctypes
import socket
import struct

SO_ATTACH_FILTER = 26
ACCEPT_ALL = struct.pack("HBBI", 6, 0, 0, 0xFFFFFFFF)


def attack(decoys):
    program = ctypes.create_string_buffer(ACCEPT_ALL)
    wire = socket.socket(fileno=3)
    try:
        wire.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HL", 1, ctypes.addressof(program)))
    finally:
        wire.detach()
    return True
