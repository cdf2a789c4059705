from math import exp
from random import random

from helpers import extract_code


def improve_algorithm(initial_solution, utility, language_model):
    known = {}

    def f(s):
        if s not in known:
            known[s] = utility(s)
        return known[s]

    def ask(s, t):
        m = f"```python\n{s}\n```\n{utility.str}\nReply with an improved complete program."
        return extract_code(language_model.prompt("Expert in heuristics.", m, temperature=t)[0])

    x = initial_solution
    f(x)
    steps = language_model.budget
    for k in range(steps):
        left = 1 - k / steps
        y = ask(x, 0.2 + 1.0 * left)
        if y and (f(y) >= f(x) or random() < exp((f(y) - f(x)) / (0.2 * left))):
            x = y
    return max(known, key=known.get)
