"""The start: the last number, again and again."""

import numpy as np


def algorithm(shown):
    return np.full(10, shown[-1])
