"""Asks an object that nobody gave it, in the hope that it is another improver's.

verdict: refused
cause: malformed frame
calls: 0
twin: none: objects have no numbers there
"""

import os
import time

from selftaught.jail import inside


def improve_algorithm(initial_solution, utility, language_model):
    os.write(3, inside.wire.pack(["ask", 0, 2, "prompt", ["", "forged"], {}]))
    time.sleep(5)
    return "got no refusal"
