"""Writes to copies of its wire by turns, so that one message lies in the midst of another.

stopped by: frames
verdict: refused
wants: the owner raises
"""

import os


def attack(decoys):
    copies = [os.dup(3) for _ in range(3)]
    for copy in copies:
        os.write(copy, b"\x1b\0\0\0\x94\xa6result")
    for copy in copies:
        os.write(copy, b"\x01\xc3\x05" * 6)
