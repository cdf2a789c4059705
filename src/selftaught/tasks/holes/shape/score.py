"""Learning parity with noise, where the labels to predict are noisy too.

Some of 8 bits are in a hidden parity. From 100 labelled strings, 10% of them with the wrong label, predict the labels
of 20 others, 20% of which are wrong by chance and cannot be known:

    algorithm(train_samples, train_labels, test_samples) -> 20 bits

The score is the share of the 20 labels that is predicted.
"""

import numpy as np

from selftaught import Score

BITS, TRAIN, TEST = 8, 100, 20


def instance(rng):
    in_parity = rng.random(BITS) < 0.4
    samples = rng.integers(0, 2, (TRAIN + TEST, BITS))
    wrong = rng.random(TRAIN + TEST) < np.repeat([0.1, 0.2], [TRAIN, TEST])
    labels = samples @ in_parity % 2 ^ wrong
    return (samples[:TRAIN], labels[:TRAIN], samples[TRAIN:]), labels[TRAIN:]


def score(output, inputs, hidden):
    try:
        right = np.sum(np.asarray(output, float) == hidden)
    except (TypeError, ValueError):
        return Score(raw=0.0, feedback=f"{TEST} bits are wanted")
    return Score(raw=float(right / TEST))
