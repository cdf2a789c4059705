"""Asks for what is free, a thousand at a time: its clocks stand still meanwhile.

verdict: refused
cause: asked without end
calls: 0
twin: none: what it asks there it computes itself
"""

import os

from selftaught.jail import inside


def improve_algorithm(initial_solution, utility, language_model):
    frames = inside.wire.pack(["ask", 5, 0, "uses", [], {}]) * 1000
    replies = len(inside.wire.pack(["reply", 5, True, 0])) * 1000
    while True:
        view = memoryview(frames)
        while view:
            view = view[os.write(3, view) :]
        left = replies
        while left:
            left -= len(os.read(3, min(left, 65536)))
