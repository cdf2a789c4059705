"""WalkSAT (Selman, Kautz and Cohen, 1994), with restarts."""

import random


def algorithm(formula, restarts=10, noise=0.5):
    n = max(abs(literal) for clause in formula for literal in clause)
    of = {literal: [] for variable in range(1, n + 1) for literal in (variable, -variable)}
    for index, clause in enumerate(formula):
        for literal in clause:
            of[literal].append(index)
    for _ in range(restarts):
        values = [random.random() < 0.5 for _ in range(n + 1)]
        true = [sum(values[abs(x)] == (x > 0) for x in clause) for clause in formula]
        unsatisfied = {index for index, count in enumerate(true) if count == 0}
        for _ in range(1000 + 20 * n):
            if not unsatisfied:
                return values
            clause = formula[random.choice(tuple(unsatisfied))]
            breaks = [sum(true[index] == 1 for index in of[-literal]) for literal in clause]
            free = min(breaks) == 0 or random.random() > noise
            chosen = clause[breaks.index(min(breaks))] if free else random.choice(clause)
            values[abs(chosen)] = chosen > 0
            for index in of[chosen]:
                true[index] += 1
                unsatisfied.discard(index)
            for index in of[-chosen]:
                true[index] -= 1
                if true[index] == 0:
                    unsatisfied.add(index)
    return values
