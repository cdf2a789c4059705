"""Tells its owner, on every descriptor that it has, what the zygote would: another process is born, it has ended.

stopped by: frames
verdict: refused|error
wants: the owner raises
twin: none: a jail's status line is closed before its program begins, whichever layers there are
"""

import contextlib
import os
import struct


def attack(decoys):
    born = struct.pack("<cid", b"B", decoys["victim"], 0.0)
    ended = struct.pack("<ciddq", b"E", 0, 0.0, 0.0, 0)
    for descriptor in (*range(64), 100, 1000):
        for words in (born, ended, b"Nothing holds it"):
            with contextlib.suppress(OSError):
                os.write(descriptor, words)
    os._exit(0)
