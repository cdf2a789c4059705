"""Sends a datagram to a unix socket by its path, as to the system's log.

stopped by: seccomp, root
"""

import logging.handlers
import socket


def attack(decoys):
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        if line.sendto(b"x", decoys["datagram"]) != 1:
            return False
    log = logging.handlers.SysLogHandler(decoys["datagram"])
    log.emit(logging.makeLogRecord({"msg": "x"}))
    return True
