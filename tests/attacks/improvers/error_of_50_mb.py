"""Raises an error with a message of 50 MB that a terminal would obey.

verdict: error
cause: ValueError
twin: none: the message takes room in the log there, and no more
"""


def improve_algorithm(initial_solution, utility, language_model):
    raise ValueError("\x1b[2J\ud800\0" * 8 * 10**6)
