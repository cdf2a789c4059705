"""Exhaustive search: the parity, of all 1,024, that disagrees with the fewest training labels."""

import itertools

import numpy as np


def algorithm(train_samples, train_parity, test_samples):
    parities = np.array(list(itertools.product((0, 1), repeat=train_samples.shape[1])))
    wrong = (train_samples @ parities.T % 2 != train_parity[:, None]).sum(axis=0)
    return test_samples @ parities[wrong.argmin()] % 2
