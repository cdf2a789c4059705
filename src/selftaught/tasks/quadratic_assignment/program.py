"""The start: simulated annealing over swaps, as published."""

import random

import numpy as np


def algorithm(F, D, P, steps=1000, temperature=1.0, cooling=0.99):
    n = len(F)

    def objective(places):
        return (F * D[np.ix_(places, places)]).sum() - 0.5 * P[np.arange(n), places].sum()

    places = np.arange(n)
    cost = objective(places)
    best, best_cost = places, cost
    for _ in range(steps):
        temperature *= cooling
        i, j = random.sample(range(n), 2)
        new = places.copy()
        new[i], new[j] = new[j], new[i]
        new_cost = objective(new)
        if new_cost < cost or random.random() < np.exp((cost - new_cost) / temperature):
            places, cost = new, new_cost
            if cost < best_cost:
                best, best_cost = places, cost
    return best
