"""Writes another answer to every descriptor that it has, and ends as if all were well.

stopped by: frames
verdict: refused|error
wants: a value that may not cross
"""

import contextlib
import os


def attack(decoys):
    for descriptor in range(64):
        with contextlib.suppress(OSError):
            os.write(descriptor, b'{"fine": true, "result": NaN}\n')
    os._exit(0)
