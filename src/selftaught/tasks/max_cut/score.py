"""Max-cut: divide the nodes of a weighted graph in two so that the edges between the parts weigh the most.

Graphs of 50 to 200 nodes, an edge with probability 0.4, weights of 1 to 10, as published.

A random division cuts half of the weight, W / 2: that is 0. The best one of a dense random graph of n nodes, whose
pairs have weights of standard deviation s (absent edges are 0), cuts about W / 2 + P s n^1.5 / 2, where P = 0.7632 is
the constant of Parisi (Dembo, Montanari and Sen, Annals of Probability 45, 2017): that is 1. So nothing needs to be
searched for in scoring; long tabu searches end at 0.758 in place of P, 0.99 of the scale. The raw measure is the
published one: the weight that is cut, over 10.
"""

import numpy as np

from selftaught import Score

FEWEST, MOST = 50, 200  # nodes
HEAVIEST = 10
WEIGHTS = np.array([*range(1, HEAVIEST + 1), *[0] * 15], float)
"""A pair of nodes has one of these, each with equal probability: an edge with probability 0.4."""
PARISI = 0.7632


def instance(rng):
    n = int(rng.integers(FEWEST, MOST + 1))
    upper = np.triu(WEIGHTS[rng.integers(0, len(WEIGHTS), (n, n), np.uint8)], 1)
    return (upper + upper.T,), None


def score(output, inputs, hidden):
    (adjacency,) = inputs
    n = len(adjacency)
    side, fault = _sides(output, n)
    if fault:
        return Score(0.0, feedback=f"a side for each of {n} nodes is wanted, but the result {fault}")
    signs = np.where(side, 1.0, -1.0)
    total, spread = pairs(adjacency)
    cut = total / 2 - signs @ adjacency @ signs / 4
    value = (cut - total / 2) / (PARISI * spread * n**1.5 / 2)
    feedback = f"{cut:g} is cut of {total:g}"
    return Score(min(max(value, 0.0), 1.0), raw=cut / HEAVIEST, feedback=feedback)


def pairs(adjacency):
    """Give the sum of the weights of all pairs of nodes, and their standard deviation."""
    n = len(adjacency)
    total, squares, number = adjacency.sum() / 2, (adjacency**2).sum() / 2, n * (n - 1) / 2
    return total, np.sqrt(squares / number - (total / number) ** 2)


def _sides(result, n):
    """Return which nodes are on the first one's side, and what is wrong with the result."""
    # No list reaches NumPy before its entries are known to be numbers: of strings it would give each the room
    # of the longest.
    if isinstance(result, (list, tuple)) and all(isinstance(entry, (bool, int, float)) for entry in result):
        result = np.array(result)
    if not isinstance(result, np.ndarray) or result.dtype.kind not in "biuf":
        return None, "is not an array, nor a list, of numbers"
    if result.shape != (n,):
        return None, f"has the shape {result.shape}"
    if not np.isfinite(result).all():
        return None, "holds something that is not finite"
    if len(np.unique(result)) > 2:  # the published scorer took any number of parts, which cut more
        return None, "has more than two different values"
    return result == result[0], ""
