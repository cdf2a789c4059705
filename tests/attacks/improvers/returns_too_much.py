"""Returns a program of two million characters.

verdict: refused
cause: returned a program that is too large: 2,097,152 characters
twin: none: it takes room there, and no more
"""


def improve_algorithm(initial_solution, utility, language_model):
    return "#" * 2**21
