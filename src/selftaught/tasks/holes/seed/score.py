"""Predict noise: 40 numbers lie up to 150 above or below a level between 500 and 900, all as likely.

    algorithm(first_30) -> the other 10

The score is the mean over the ten of 1 less the error over 150, and 0 for an error of 150 or more.
"""

import numpy as np

from selftaught import Score

SHOWN, HIDDEN, WIDTH = 30, 10, 150
SERIES = 1000


def instance(rng):
    numbers = series(int(rng.integers(SERIES)))
    return (numbers[:SHOWN],), numbers[SHOWN:]


def series(number):
    rng = np.random.default_rng(number)
    return rng.uniform(500, 900) + rng.uniform(-WIDTH, WIDTH, SHOWN + HIDDEN)


def score(output, inputs, hidden):
    try:
        predicted = np.asarray(output, float)
    except (TypeError, ValueError):
        return Score(0.0, feedback=f"{HIDDEN} numbers are wanted")
    if predicted.shape != (HIDDEN,):
        return Score(0.0, feedback=f"{HIDDEN} numbers are wanted, but the shape is {predicted.shape}")
    return float(np.mean(np.maximum(0.0, 1 - abs(predicted - hidden) / WIDTH)))
