"""A short closed tour through 14 points of the unit square.

    algorithm(points) -> {"tour": a permutation of 0 ... 13}

`points` is an array (14, 2). A program that knows the length of its tour may say it as "length", and scores 0
if that is wrong. The score is a bound on the length of any tour (half of the sum over points of the distances to the
two nearest) over the tour's length.
"""

import numpy as np

from selftaught import Score

POINTS = 14


def instance(rng):
    return (rng.random((POINTS, 2)),), None


def score(output, inputs, hidden):
    (points,) = inputs
    tour = output.get("tour") if isinstance(output, dict) else None
    if not isinstance(tour, list) or not all(type(place) is int for place in tour):
        return Score(0.0, feedback="a dict with a tour, a list of integers, is wanted")
    if sorted(tour) != list(range(POINTS)):
        return Score(0.0, feedback="the tour is no permutation")
    length, said = length_of(points[tour]), output.get("length")
    if isinstance(said, float) and abs(said - length) > 1e-9 * length:
        return Score(0.0, feedback="the tour has another length than is said")
    least = bound(points)
    return least / max(length, least)


def length_of(points):
    return float(np.linalg.norm(points - np.roll(points, 1, axis=0), axis=1).sum())


def bound(points):
    distances = np.sort(np.linalg.norm(points[:, None] - points, axis=2), axis=1)
    return float(distances[:, 1:3].sum() / 2)
