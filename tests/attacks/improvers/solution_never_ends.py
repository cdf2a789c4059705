"""Returns a program that does not end.

verdict: ok
score: 0.0
twin: works
gets: no end
"""

SOLUTION = """\
held = True

def f(x):
    while True:
        pass
"""


def improve_algorithm(initial_solution, utility, language_model):
    utility(SOLUTION)
    return SOLUTION
