"""Learning parity without noise.

Some of 10 bits are in a hidden parity: a string's label is 1 if an odd number of those bits are 1.
From 100 labelled strings, all labels right, predict the labels of 20 others:

    algorithm(train_samples, train_parity, test_samples) -> 20 bits

`train_samples` is an integer array of 0 and 1 of shape (100, 10), `train_parity` of shape (100,) and
`test_samples` of shape (20, 10). The score is the share of the 20 labels that are predicted.
"""

import numpy as np

from selftaught import Score

BITS, TRAIN, TEST = 10, 100, 20
IN_PARITY = 0.3  # the probability that a bit is in the parity


def instance(rng):
    # One parity in 35 has no bit: every label is 0. It stays, as published, so that scores compare.
    in_parity = rng.random(BITS) < IN_PARITY
    samples = rng.integers(0, 2, (TRAIN + TEST, BITS))
    labels = samples @ in_parity % 2
    return (samples[:TRAIN], labels[:TRAIN], samples[TRAIN:]), labels[TRAIN:]


def score(output, inputs, hidden):
    bits, fault = _vector(output)
    if fault:
        return Score(0.0, feedback=f"{TEST} bits are wanted, but the result {fault}")
    return float(np.mean(bits == hidden))


def _vector(result):
    """Return the result as a vector of bits, and what is wrong with it."""
    # No list reaches NumPy before its entries are known to be numbers: of strings it would give each the room
    # of the longest. No shape is made to fit: a column compared with a row would count 400 pairs.
    if isinstance(result, (list, tuple)) and all(isinstance(entry, (bool, int, float)) for entry in result):
        result = np.array(result)
    if not isinstance(result, np.ndarray) or result.dtype.kind not in "biuf":
        return None, "is not an array, nor a list, of numbers"
    if result.shape != (TEST,):
        return None, f"has the shape {result.shape}"
    if not ((result == 0) | (result == 1)).all():
        return None, "holds something other than 0 and 1"
    return result, ""
