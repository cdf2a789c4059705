"""Returns a text that UTF-8 has no form for, and has one scored.

verdict: ok
score: 0.0
twin: works
gets: the harness
"""


def improve_algorithm(initial_solution, utility, language_model):
    half = "held = '\ud800 \0 \udfff'\ndef f(x): return x"
    utility(half)
    language_model.prompt(half, half)
    return half
