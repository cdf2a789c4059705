"""Predict noisy values: half of their variance is a linear function of three inputs, half is chance.

    algorithm(train_inputs, train_values, test_inputs) -> 40 numbers

`train_inputs` is an array (60, 3), `train_values` (60,), `test_inputs` (40, 3). The score is the correlation of the
predictions with the values, and 0 where that is negative.
"""

import numpy as np

from selftaught import Score

TRAIN, TEST = 60, 40


def instance(rng):
    inputs = rng.normal(size=(TRAIN + TEST, 3))
    slopes = rng.normal(size=3)
    values = inputs @ (slopes / np.linalg.norm(slopes)) + rng.normal(size=TRAIN + TEST)
    return (inputs[:TRAIN], values[:TRAIN], inputs[TRAIN:]), values[TRAIN:]


def score(output, inputs, hidden):
    try:
        predicted = np.asarray(output, float)
    except (TypeError, ValueError):
        return Score(0.0, feedback=f"{TEST} numbers are wanted")
    if predicted.shape != (TEST,):
        return Score(0.0, feedback=f"{TEST} numbers are wanted, but the shape is {predicted.shape}")
    found = correlation(predicted, hidden)
    if not np.isfinite(found):  # of numbers that are all equal, or whose squares are too large
        return Score(0.0, feedback="the predictions have no correlation with anything")
    return min(1.0, max(found, 0.0))


def correlation(one, other):
    with np.errstate(all="ignore"):
        one, other = one - one.mean(), other - other.mean()
        return float((one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum()))
