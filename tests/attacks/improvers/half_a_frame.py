"""Announces a frame, sends half of it and waits.

verdict: timeout
cause: wall time: more than 0.5 s
limits: cpu_s=2 wall_s=0.5
calls: 0
twin: none: there is no wire
"""

import os
import struct
import time


def improve_algorithm(initial_solution, utility, language_model):
    view = memoryview(struct.pack("<I", 2**24) + bytes(2**23))
    while view:
        view = view[os.write(3, view) :]
    time.sleep(1000)
    return "got all the time there is"
