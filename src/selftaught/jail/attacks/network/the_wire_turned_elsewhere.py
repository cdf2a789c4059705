"""Turns its own wire to another server: connects it anew, dissolves it first, sends to another address, listens.

stopped by: seccomp
twin: none: a unix stream socket is connected once in its life
"""

import ctypes
import os
import socket
import struct

libc = ctypes.CDLL(None, use_errno=True)


def dissolved(wire, name):
    if libc.connect(wire.fileno(), struct.pack("=H", socket.AF_UNSPEC), 2) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    wire.connect(name)


def listening(wire, name):
    wire.bind(f"\0{os.getpid()}")
    wire.listen()


def attack(decoys):
    refused = ValueError("nothing was tried")
    wire = socket.socket(fileno=3)
    try:
        for turn in (
            socket.socket.connect,
            dissolved,
            lambda wire, name: wire.sendto(b"", name) or wire.getpeername() == name.encode(),
            listening,
        ):
            for name in ("\0" + decoys["abstract"], decoys["socket"]):
                try:
                    turn(wire, name)
                    return True
                except OSError as problem:
                    refused = problem
    finally:
        wire.detach()
    raise refused
