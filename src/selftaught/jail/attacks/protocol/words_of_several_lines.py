"""Gives as the cause of its failure words of several lines that move the cursor, to write what it likes in a log.

stopped by: frames
verdict: error|refused
wants: a value that may not cross
"""

import os

CAUSE = b"it failed\n2026-11-01 all is well: score 1.0\r\x1b[2J\x1b[H\xe2\x80\xa8and so on"
BODY = b"\x94\xa6result\x01\xc2\x93\xa5error\xd9" + bytes([len(CAUSE)]) + CAUSE + b"\xa0"


def attack(decoys):
    os.write(3, len(BODY).to_bytes(4, "little") + BODY)
