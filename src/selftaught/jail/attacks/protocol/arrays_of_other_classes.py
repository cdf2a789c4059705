"""Returns arrays that are views, of other classes and orders, not to be written, and not whole.

stopped by: frames
verdict: ok
wants: the owner raises
"""

import numpy as np


class _Array(np.ndarray):
    def __eq__(self, other):
        return True

    def tobytes(self, order="C"):
        return b"x"

    shape = property(lambda self: (10**6,))


def attack(decoys):
    whole = np.arange(24.0).reshape(4, 6)
    return [
        np.matrix(whole),
        np.ma.masked_array(whole, whole > 3),
        whole.view(_Array),
        whole[::-2, 1::3],
        np.asfortranarray(whole),
        whole.astype(">f8"),
        np.broadcast_to(whole[0], (50, 6)),
        np.frombuffer(b"\1\0\1\0", bool),
    ]
