"""Asks for large answers and reads none of them.

verdict: refused
cause: calls without end whose answers are not read
calls: 0
twin: none: an answer waits nowhere there
"""

import os
import time

from selftaught.jail import inside


def improve_algorithm(initial_solution, utility, language_model):
    name = "x" * (9 * 2**20)  # is told back: no such argument
    view = memoryview(inside.wire.pack(["ask", 5, 1, "prompt", ["", ""], {name: 1}]) * 5)
    while view:
        view = view[os.write(3, view) :]
    time.sleep(5)
    return "got no refusal"
