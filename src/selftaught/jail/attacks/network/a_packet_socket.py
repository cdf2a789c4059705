"""Puts a frame of its own on a network interface by a packet socket, below all protocols.

stopped by: capabilities, seccomp, root, namespaces, pid namespace
as: root
"""

import socket


def attack(decoys):
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800)) as line:
        line.bind(("lo", 0))
        frame = bytes(12) + b"\x08\x00" + b"\x45" + bytes(19)
        return line.send(frame) == len(frame)
