"""Learning parity with noise, where the labels to predict are noisy too.

Some of 8 bits are in a hidden parity. From 100 labelled strings, 10% of them with the wrong label, predict the labels
of 20 others, 20% of which are wrong by chance and cannot be known:

    algorithm(case) -> 20 bits

`case` is a dict: "samples" of shape (100, 8), "labels" (100,), "test" (20, 8).

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
    case = {"samples": samples[:TRAIN], "labels": labels[:TRAIN], "test": samples[TRAIN:]}
    case["expected"] = labels[TRAIN:]
    return (case,), case["expected"]


def score(output, inputs, hidden):
    try:
        predicted = np.asarray(output, float)
    except (TypeError, ValueError):
        return Score(0.0, feedback=f"{TEST} bits are wanted")
    if predicted.shape != (TEST,):
        return Score(0.0, feedback=f"{TEST} bits are wanted, but the shape is {predicted.shape}")
    return float(np.mean(predicted == hidden))
