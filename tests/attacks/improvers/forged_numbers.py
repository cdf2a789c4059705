"""Writes its questions itself, with numbers that were used before, are negative or are none.

verdict: ok
calls: the budget
scores: the budget
events: model-budget, utility-budget
twin: none: questions have no numbers there
"""

import os

from selftaught.jail import inside


def improve_algorithm(initial_solution, utility, language_model):
    asks = [(number, 1, "prompt", ["", "forged"], {}) for number in (7, 7, -1, -(2**62), 2**62, 0, True)]
    asks += [(i % 3, False, "__call__", [f"{initial_solution}\n# {i}"], {}) for i in range(40)]
    for ask in asks:
        os.write(3, inside.wire.pack(["ask", *ask]))
    frames = inside.wire.Frames()
    replies = []
    while len(replies) < len(asks):
        replies += [inside.wire.unpack(body) for body in frames.feed(os.read(3, 65536))]
    answers = sum(len(value) for _, _, fine, value in replies if fine and type(value) is list)
    return "held" if answers <= language_model.budget else f"got {answers} answers"
