"""The start: a coin for every test string."""

import numpy as np


def algorithm(case):
    return np.random.randint(0, 2, size=len(case["test"]))
