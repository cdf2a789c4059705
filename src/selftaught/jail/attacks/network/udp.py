"""Sends a datagram by UDP, to an address and by being connected to it; so could a name be looked up.

stopped by: seccomp, namespaces
canary: yes
"""

import socket


def to_an_address(line, where):
    return line.sendto(b"a question", where)


def connected(line, where):
    line.connect(where)
    return line.send(b"a question")


def as_a_message(line, where):
    return line.sendmsg([b"a ", b"question"], [], 0, where)


def attack(decoys):
    refused = ValueError("nothing was sent")
    for send in (to_an_address, connected, as_a_message):
        try:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
                return send(line, ("127.0.0.1", decoys["udp"])) == len(b"a question")
        except OSError as problem:
            refused = problem
    raise refused
