"""Modified quadratic assignment, harder: 30 facilities, on a scale that begins half-way.

As `quadratic_assignment`. The raw measure is the way gone from a random placement's mean objective to the best: 1
lies BEST times s below the mean, where s = n sd(F) sd(D), off the diagonals. Long tabu searches end at 12.06 s on
average (standard deviation 0.17 over instances). Half of that way is 0 on our scale.
"""

import numpy as np

from selftaught import Score

SIZE = 30
PREFERENCE = 0.5  # the weight of the preferences
BEST = 12.0


def instance(rng):
    return tuple(rng.random((3, SIZE, SIZE))), None


def score(output, inputs, hidden):
    F, D, P = inputs
    places, fault = _permutation(output)
    if fault:
        return Score(0.0, feedback=f"a permutation of 0...{SIZE - 1} is wanted, but the result {fault}")
    cost = (F * D[np.ix_(places, places)]).sum() - PREFERENCE * P[np.arange(SIZE), places].sum()
    mean, spread = chance(F, D, P)
    feedback = f"an objective of {cost:.4g} where chance has {mean:.4g}"
    return Score(raw=(mean - cost) / (BEST * spread), feedback=feedback)


def chance(F, D, P):
    """Give the mean objective of a random placement, and about how far placements differ from it."""
    n = len(F)
    off = ~np.eye(n, dtype=bool)
    pairs = F[off].sum() * D[off].sum() / (n * (n - 1))
    mean = pairs + np.trace(F) * np.trace(D) / n - PREFERENCE * P.sum() / n
    return mean, n * F[off].std() * D[off].std()


def _permutation(result):
    """Return the result as an array of places, and what is wrong with it."""
    # No list reaches NumPy before its entries are known to be numbers: of strings it would give each the room
    # of the longest.
    if isinstance(result, (list, tuple)) and all(isinstance(entry, (bool, int, float)) for entry in result):
        result = np.array(result)
    if not isinstance(result, np.ndarray) or result.dtype.kind not in "biuf":
        return None, "is not an array, nor a list, of numbers"
    if result.shape != (SIZE,):
        return None, f"has the shape {result.shape}"
    if not np.array_equal(np.sort(result), np.arange(SIZE)):
        return None, "is none"
    return result.astype(int), ""
