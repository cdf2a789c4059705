"""Asks its own wire, which was made in the machine's network and still belongs to it, for the machine's addresses.

stopped by: seccomp
"""

import ctypes
import fcntl
import socket
import struct

SIOCGIFCONF = 0x8912


def attack(decoys):
    answer = ctypes.create_string_buffer(4096)
    fcntl.ioctl(3, SIOCGIFCONF, struct.pack("iP", len(answer), ctypes.addressof(answer)))
    return socket.inet_aton("127.0.0.1") in answer.raw
