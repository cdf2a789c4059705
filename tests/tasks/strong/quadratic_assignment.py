"""Robust tabu search (Taillard, 1991): the best swap, unless it brings both facilities back to recent places."""

import numpy as np


def algorithm(F, D, P):
    n = len(F)
    runs, steps = (2, 600) if n <= 15 else (2, 3000)
    found = (_search(F, D, P, steps) for _ in range(runs))
    return min(found, key=lambda places: _objective(F, D, P, places))


def _search(F, D, P, steps):
    n = len(F)
    places = np.random.permutation(n)
    cost = _objective(F, D, P, places)
    best, best_cost = places.copy(), cost
    until = np.zeros((n, n), int)  # until when a facility may not return to a place
    not_pairs = np.tril(np.ones((n, n), bool))
    tenures = np.random.randint(n // 2, n + n // 2, (steps, 2))
    for step in range(steps):
        change = _changes(F, D, P, places)
        back = until[:, places] > step
        forbidden = back & back.T & (cost + change >= best_cost - 1e-9)
        i, j = divmod(int(np.where(forbidden | not_pairs, np.inf, change).argmin()), n)
        until[i, places[i]], until[j, places[j]] = step + tenures[step]
        cost += change[i, j]
        places[i], places[j] = places[j], places[i]
        if cost < best_cost - 1e-9:
            best, best_cost = places.copy(), cost
    return best


def _objective(F, D, P, places):
    return (F * D[np.ix_(places, places)]).sum() - 0.5 * P[np.arange(len(F)), places].sum()


def _changes(F, D, P, places):
    """What swapping the places of i and j adds to the objective, for all i and j."""
    E, Q = D[np.ix_(places, places)], P[:, places]
    f, e, q = F.diagonal(), E.diagonal(), Q.diagonal()
    M = F @ E.T + F.T @ E
    both = F * E
    # the sums over all facilities take i and j as if they stayed where they are: those terms out, the right ones in
    out = np.add.outer(f, f) * (E + E.T) + (F + F.T) * np.add.outer(e, e)
    out -= 2 * np.add.outer(f * e, f * e) + 2 * (both + both.T)
    right = (F - F.T) * (E.T - E) - np.subtract.outer(f, f) * np.subtract.outer(e, e)
    pairs = M + M.T - np.add.outer(M.diagonal(), M.diagonal())
    return pairs - out + right - 0.5 * (Q + Q.T - np.add.outer(q, q))
