"""The start: first fit, the bin that was opened first."""

import numpy as np


def priority(item: float, bins: np.ndarray) -> np.ndarray:
    return -np.arange(len(bins))
