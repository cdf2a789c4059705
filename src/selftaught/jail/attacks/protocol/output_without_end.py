"""Prints hundreds of MiB, by every way there is to print.

stopped by: frames
verdict: ok
wants: the owner's memory
"""

import contextlib
import os
import sys


def attack(decoys):
    block = b"x" * (1 << 20)
    for number in range(450):
        with contextlib.suppress(OSError):
            os.write(1 + number % 2, block)
    for _ in range(50):
        print(block[: 1 << 16].decode(), file=sys.stderr)
        sys.stdout.write("y" * (1 << 16))
    return 1.0
