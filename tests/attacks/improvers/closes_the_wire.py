"""Closes every descriptor that it has and goes on.

verdict: error|killed
limits: cpu_s=1 wall_s=5
calls: 0
twin: none: there is no wire
"""

import os
import time


def improve_algorithm(initial_solution, utility, language_model):
    os.closerange(0, 64)
    time.sleep(1000)
    return "got all the time there is"
