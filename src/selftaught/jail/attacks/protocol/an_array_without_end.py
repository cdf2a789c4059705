"""Returns an array that is half a GiB to whoever reads it, and has eight bytes.

stopped by: frames
verdict: refused
wants: the owner's memory
"""

import numpy as np


def attack(decoys):
    return np.lib.stride_tricks.as_strided(np.zeros(1), (1 << 26,), (0,))
