"""Makes a pair of sockets, which needs no address and no permission of anyone's.

stopped by: seccomp
canary: quick
"""

import socket


def attack(decoys):
    refused = ValueError("no kind was tried")
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM, socket.SOCK_SEQPACKET):
        try:
            one, other = socket.socketpair(socket.AF_UNIX, kind)
            one.send(b"x")
            return other.recv(1) == b"x"
        except OSError as problem:
            refused = problem
    raise refused
