"""Looks a machine's name up, in every spelling of the C library's.

stopped by: landlock, root
"""

import socket


def attack(decoys):
    refused = ValueError("nothing was asked")
    for ask in (
        lambda: socket.getaddrinfo("localhost", 80)[0][4][0],
        lambda: socket.gethostbyname("localhost"),
        lambda: socket.gethostbyname_ex("localhost")[2][0],
        lambda: socket.gethostbyaddr("127.0.0.1")[2][0],
        lambda: socket.getnameinfo(("127.0.0.1", 80), socket.NI_NAMEREQD)[0],
    ):
        try:
            if ask() in ("127.0.0.1", "::1", "localhost"):
                return True
        except OSError as problem:
            refused = problem
    raise refused
