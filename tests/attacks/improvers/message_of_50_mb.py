"""Sends messages of 15 and of 50 MB, the last in a frame of its own making.

verdict: refused
cause: a frame of 52,428
calls: 0
twin: none: there they reach the model's server, which refuses them
"""

import os
import struct
import time


def improve_algorithm(initial_solution, utility, language_model):
    for size, kind in ((50 * 2**20, TypeError), (15 * 2**20, ValueError), (2**20 + 1, ValueError)):
        for message in ("x" * size, "\0" * size):
            try:
                language_model.prompt("", message, 4)
                return f"got an answer to {size} characters"
            except kind as problem:
                if "too large" not in str(problem):
                    return f"got {problem}"
            del message
    view = memoryview(struct.pack("<I", 52_428_800) + bytes(2**20))
    try:
        while view:
            view = view[os.write(3, view) :]
    except OSError:
        pass
    time.sleep(5)
    return "got no refusal"
