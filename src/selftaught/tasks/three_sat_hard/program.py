"""The start: a random walk over assignments, as published."""

import random

import numpy as np


def algorithm(formula, steps=1000, p=0.4):
    literals = np.array(formula)
    variables, wanted = abs(literals), literals > 0
    assignment = np.zeros(variables.max() + 1, bool)
    for _ in range(steps):
        unsatisfied = np.flatnonzero((assignment[variables] != wanted).all(axis=1))
        if len(unsatisfied) == 0:
            return assignment
        place = random.randrange(3) if random.random() < p else 0
        flipped = variables[random.choice(unsatisfied), place]
        assignment[flipped] = not assignment[flipped]
    return None
