"""Modified quadratic assignment: place facilities so that much flow goes short ways, and where they like to be.

The objective, to be minimised: the sum over pairs of facilities of flow times the distance between their places, less
half the preference of each facility for its place. F, D and P are uniform in [0, 1), 15 x 15, as published. (The
published scorer adds the seconds that a program takes, and rewards a *high* sum.)

The raw measure is the published one: the objective over n^2. Instances differ more in it than solutions do, so the
score is relative to the instance's own chance: a random placement's mean objective, which is known exactly, is 0;
ONE times s below it is 1, where s = n sd(F) sd(D), off the diagonals, measures how much placements differ. Long tabu
searches end at 7.34 s on average (standard deviation 0.25 over instances).
"""

import numpy as np

from selftaught import Score

SIZE = 15
PREFERENCE = 0.5  # the weight of the preferences
ONE = 7.3


def instance(rng):
    return tuple(rng.random((3, SIZE, SIZE))), None


def score(output, inputs, hidden):
    F, D, P = inputs
    places, fault = _permutation(output)
    if fault:
        return Score(0.0, feedback=f"a permutation of 0...{SIZE - 1} is wanted, but the result {fault}")
    cost = (F * D[np.ix_(places, places)]).sum() - PREFERENCE * P[np.arange(SIZE), places].sum()
    mean, spread = chance(F, D, P)
    value = (mean - cost) / (ONE * spread)
    feedback = f"an objective of {cost:.4g} where chance has {mean:.4g}"
    return Score(min(max(value, 0.0), 1.0), raw=cost / SIZE**2, feedback=feedback)


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
