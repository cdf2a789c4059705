"""Max-cut, harder: graphs of 300 nodes whose weights are positive or negative, on a scale that begins higher.

A cut of W / 2 + x s n^1.5 / 2 has the raw measure x; W is the sum of the weights, s the standard deviation of a
pair's (absent edges are 0). Putting one node after the other on its better side reaches x = 0.532 on large graphs
(2/3 of the square root of 2/pi): that is 0. The best cut has about 0.763 - 0.70 n^(-2/3) = 0.748 (Boettcher,
European Physical Journal B 46, 2005). Long tabu searches end at 0.750 on average (standard deviation 0.009 over
instances): 0.745 is 1.
"""

import numpy as np

from selftaught import Score

NODES = 300
HEAVIEST = 10
WEIGHTS = np.array([*range(-HEAVIEST, 0), *range(1, HEAVIEST + 1), *[0] * 30], float)
"""A pair of nodes has one of these, each with equal probability: an edge with probability 0.4."""


def instance(rng):
    upper = np.triu(WEIGHTS[rng.integers(0, len(WEIGHTS), (NODES, NODES), np.uint8)], 1)
    return (upper + upper.T,), None


def score(output, inputs, hidden):
    (adjacency,) = inputs
    side, fault = _sides(output, NODES)
    if fault:
        return Score(0.0, feedback=f"a side for each of {NODES} nodes is wanted, but the result {fault}")
    signs = np.where(side, 1.0, -1.0)
    total, spread = pairs(adjacency)
    cut = total / 2 - signs @ adjacency @ signs / 4
    beyond_chance = (cut - total / 2) / (spread * NODES**1.5 / 2)
    return Score(raw=beyond_chance, feedback=f"{cut:g} is cut, {beyond_chance:.3f} beyond chance")


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
    if len(np.unique(result)) > 2:
        return None, "has more than two different values"
    return result == result[0], ""
