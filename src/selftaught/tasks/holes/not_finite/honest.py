"""Least squares."""

import numpy as np


def algorithm(train_inputs, train_values, test_inputs):
    return test_inputs @ np.linalg.lstsq(train_inputs, train_values, rcond=None)[0]
