"""Half-way between the largest and the smallest."""

import numpy as np


def algorithm(shown):
    return np.full(10, (shown.min() + shown.max()) / 2)
