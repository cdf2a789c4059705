"""Online bin packing: a program ranks the bins for one item at a time; the fewer bins, the better.

FunSearch's task (Romera-Paredes et al., Nature 625, 2024) with its Weibull sizes of shape 3, rounded and
clipped to 1...100 for bins of 100; and with 120 items, as in the OR-Library's smallest uniform sets. Their
scale is 50 instead of 45: more bins then take two items, what the first one leaves matters more, and best fit
differs from first fit by 0.8 instead of 0.55 standard deviations of one instance's difference.

The raw measure is the excess over ceil(sum of sizes / 100); `[scale]` in task.toml was fixed beforehand.
2,000 instances (`python tests/tasks/test_bin_packing.py`; FFD, first fit decreasing, sees all items first,
as no program here can):

                              excess   value  over the start (sd of one instance)
    next fit                   33.2%    0.00    -0.338 (0.152)
    worst fit                  16.7%    0.00    -0.335 (0.151)
    first fit (the start)       8.0%    0.34    +0.000 (0.000)
    best fit                    7.0%    0.42    +0.084 (0.099)
    FunSearch's for OR          6.5%    0.46    +0.124 (0.153)
    keep useful gaps            6.4%    0.47    +0.131 (0.134)
    FFD                         1.4%    0.89    +0.549 (0.147)
"""

import math

import numpy as np

from selftaught import Score

CAPACITY = 100
ITEMS = 120
SHAPE, SCALE = 3, 50  # of the Weibull distribution


def evaluate(program, rng):
    sizes = draw(rng)
    room = np.full(ITEMS + 1, float(CAPACITY))  # in each bin, in the order of opening; then the empty ones
    used = 0
    for item in sizes.tolist():
        fits = np.flatnonzero(room[: used + 1] >= item)  # the last is a fresh bin: to open one is a choice
        priorities, fault = _vector(program.priority(item, room[fits]), len(fits))
        if fault:
            return Score(0.0, feedback=f"priorities of {len(fits)} bins are wanted, but the result {fault}")
        chosen = fits[priorities.argmax()]  # of equals the first
        room[chosen] -= item
        if chosen == used:
            used += 1
    least = math.ceil(sizes.sum() / CAPACITY)
    return Score(raw=used / least - 1, feedback=f"{used} bins for items that add up to {least}")


def draw(rng):
    return np.clip(np.rint(SCALE * rng.weibull(SHAPE, ITEMS)), 1, CAPACITY)


def _vector(result, length):
    """Return the result as a vector of finite numbers, and what is wrong with it."""
    # No list reaches NumPy before its entries are known to be numbers: of strings it would give each the room
    # of the longest.
    if isinstance(result, (list, tuple)) and all(isinstance(entry, (bool, int, float)) for entry in result):
        result = np.array(result)
    if not isinstance(result, np.ndarray) or result.dtype.kind not in "biuf":
        return None, "is not an array, nor a list, of numbers"
    if result.shape != (length,):
        return None, f"has the shape {result.shape}"
    if not np.isfinite(result).all():
        return None, "holds something that is not finite"
    return result, ""
