"""Tabu search by single nodes: the best move that is not forbidden, or that leads to a new best."""

import numpy as np


def algorithm(adjacency_matrix):
    n = len(adjacency_matrix)
    runs, steps = (2, 800) if n <= 200 else (3, 4000)
    found = (_search(adjacency_matrix, steps) for _ in range(runs))
    return max(found, key=lambda sides: -sides @ adjacency_matrix @ sides)


def _search(weights, steps):
    n = len(weights)
    sides = np.random.choice([-1.0, 1.0], n)
    pull = weights @ sides
    forbidden = np.zeros(n, int)
    gained = most = 0.0
    best = sides.copy()
    for step, tenure in enumerate(np.random.randint(7, 17, steps)):
        gains = sides * pull  # what moving a node adds to the cut
        node = int(gains.argmax())
        if gained + gains[node] <= most:
            node = int(np.where(forbidden > step, -np.inf, gains).argmax())
        gained += gains[node]
        sides[node] = -sides[node]
        pull += 2 * sides[node] * weights[node]
        forbidden[node] = step + tenure
        if gained > most:
            most, best = gained, sides.copy()
    return best
