"""Announces a frame and ends in the middle of it.

stopped by: frames
wants: the owner raises
"""

import os


def attack(decoys):
    os.write(3, b"\x40\0\0\0\x94\xa6result")
    os._exit(0)
