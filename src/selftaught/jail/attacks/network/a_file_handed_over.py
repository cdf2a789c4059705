"""Hands one of its open files to another process, by sendmsg with SCM_RIGHTS to a unix socket.

stopped by: seccomp
"""

import array
import socket


def attack(decoys):
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 3]))]
    refused = ValueError("nobody to hand it to")
    for name in (decoys["datagram"], "\0" + decoys["abstract_datagram"]):
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
                return line.sendmsg([b"x"], rights, 0, name) == 1
        except OSError as problem:
            refused = problem
    raise refused
