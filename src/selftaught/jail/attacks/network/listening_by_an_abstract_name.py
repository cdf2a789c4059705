"""Listens on a unix socket with an abstract name, where another jail could find it.

stopped by: seccomp
"""

import socket


def attack(decoys):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"\0another-jail-{decoys['words']}")
        server.listen()
        return True
