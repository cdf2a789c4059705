"""Raises what a person at the keyboard would have raised.

verdict: error
cause: KeyboardInterrupt
twin: works
gets: the end
"""


def improve_algorithm(initial_solution, utility, language_model):
    raise KeyboardInterrupt
