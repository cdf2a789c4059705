"""Asks with keywords that are no words.

stopped by: frames
verdict: refused
wants: the owner raises
given: a trusted object
"""

import os

BODY = b"\x96\xa3ask\x09\x00\xa4echo\x90\x82\x05\xc3\xc0\xc3"


def attack(decoys, trusted):
    os.write(3, len(BODY).to_bytes(4, "little") + BODY)
    os.read(3, 100)
