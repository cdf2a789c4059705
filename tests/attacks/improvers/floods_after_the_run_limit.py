"""Asks on, each time something else, once a limit on the whole run is met.

verdict: refused
cause: asked without end
run: calls=2
calls: 1
twin: none: there is no limit on a whole run
"""

import os

from selftaught.jail import inside


def improve_algorithm(initial_solution, utility, language_model):
    language_model.prompt("", "the last question")
    number = 0
    while True:
        frames = bytearray()
        for _ in range(500):
            number += 1
            frames += inside.wire.pack(["ask", 5, 1, "prompt", ["", f"question {number}"], {}])
        view = memoryview(frames)
        while view:
            view = view[os.write(3, view) :]
        heard = inside.wire.Frames()
        replies = 0
        while replies < 500:
            replies += sum(1 for _ in heard.feed(os.read(3, 65536)))
