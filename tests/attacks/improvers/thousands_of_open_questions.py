"""Asks thousands of questions at once and reads no answer.

verdict: refused
cause: more than 1024 calls at once
twin: none: a call is answered there before there is another
"""

import os
import time

from selftaught.jail import inside


def improve_algorithm(initial_solution, utility, language_model):
    frame = inside.wire.pack(["ask", 5, 1, "prompt", ["", "forged"], {}])
    view = memoryview(frame * 5000)
    while view:
        view = view[os.write(3, view) :]
    time.sleep(5)
    return "got no refusal"
