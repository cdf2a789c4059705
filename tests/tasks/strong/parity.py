"""Gaussian elimination over the field of two elements."""

import numpy as np


def algorithm(train_samples, train_parity, test_samples):
    rows = np.column_stack([train_samples, train_parity]) % 2
    bits = train_samples.shape[1]
    parity, done = np.zeros(bits, int), 0
    pivots = []
    for bit in range(bits):
        found = np.flatnonzero(rows[done:, bit])
        if len(found) == 0:
            continue
        rows[[done, done + found[0]]] = rows[[done + found[0], done]]
        others = np.flatnonzero(rows[:, bit])
        rows[others[others != done]] ^= rows[done]
        pivots.append(bit)
        done += 1
    parity[pivots] = rows[:done, -1]
    return test_samples @ parity % 2
