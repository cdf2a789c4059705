"""Asks at temperatures that no number is, up to one that is not a number.

verdict: refused
cause: not finite: nan
calls: 0
twin: none: there it reaches the model's server, which refuses it
"""


def improve_algorithm(initial_solution, utility, language_model):
    for temperature in (-1, 2.0001, 10**18, -(10**18), 1e308, True, "0", [0.5], None, b"1"):
        try:
            language_model.prompt("", "question", 1, temperature)
            return f"got an answer at {temperature!r}"
        except (TypeError, ValueError):
            continue
    return f"got {language_model.prompt('', 'question', 1, float('nan'))}"
