"""The program to start from: it works, and is far from the best. Here: the longest job first."""

import numpy as np


def priority(length: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Give each job a number; the job with the highest goes first."""
    return length
