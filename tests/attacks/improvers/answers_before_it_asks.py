"""Writes its result first, then asks for what would no longer be counted, then returns something else.

verdict: ok
says: held: the first result
calls: 0
scores: 0
twin: none: there a result is what is returned
"""

import os

from selftaught.jail import inside


def improve_algorithm(initial_solution, utility, language_model):
    frames = inside.wire.pack(["result", 1, True, "held: the first result"])
    for i in range(20):
        frames += inside.wire.pack(["ask", i, 1, "prompt", ["", "asked after the end"], {}])
        frames += inside.wire.pack(["result", 1, True, f"got the {i}th result"])
    os.write(3, frames)
    return "got a second result"
