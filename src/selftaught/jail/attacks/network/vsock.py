"""Listens on a vsock, by which a virtual machine and its host speak to each other, whatever the network.

stopped by: seccomp
"""

import socket


def attack(decoys):
    with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as server:
        server.bind((socket.VMADDR_CID_ANY, socket.VMADDR_PORT_ANY))
        server.listen()
        return server.getsockname()[1] > 0
