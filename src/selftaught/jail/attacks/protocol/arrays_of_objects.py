"""Returns arrays of what are no numbers: objects, records, dates, texts, and raw memory.

stopped by: frames
verdict: refused
wants: a value that may not cross
"""

import numpy as np


def attack(decoys):
    return [
        np.array([None, {}, decoys], dtype=object),
        np.zeros(2, dtype=[("a", float), ("b", object)]),
        np.array(["2026-11-01"], dtype="datetime64[D]"),
        np.array(["text"]),
        np.zeros(2, dtype="V16"),
    ]
