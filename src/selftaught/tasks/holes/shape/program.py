"""The start: a coin for every test string."""

import numpy as np


def algorithm(train_samples, train_labels, test_samples):
    return np.random.randint(0, 2, size=len(test_samples))
