"""Replaces what answers are checked with before they are sent, and returns what those would have refused.

stopped by: frames
verdict: refused
wants: a value that may not cross
"""

import math
import sys

import numpy as np


def attack(decoys):
    math.isfinite = np.isfinite = lambda value: np.True_
    math.isnan = math.isinf = np.isnan = np.isinf = lambda value: np.False_
    if inside := sys.modules.get("selftaught.jail.inside"):
        inside.wire.MAX_DEPTH = inside.wire.MAX_INT = inside.wire.MAX_FRAME_BYTES = 1 << 70
        inside.wire.check = inside.wire._weigh = lambda *args, **kwargs: False
    return [float("inf"), 1e308 * 10, np.array([float("nan")])]
