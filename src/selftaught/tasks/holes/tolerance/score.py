"""Put two equal circles, as large as possible, into a rectangle without overlapping.

    algorithm(width) -> [[x, y], [x, y], radius]

The rectangle goes from (0, 0) to (width, 1), and width is between 1 and 1.8. The raw measure is the radius, of which
0.6 counts as 1.
"""

import math

from selftaught import Score

TOLERANCE = 0.1


def instance(rng):
    return (float(rng.uniform(1, 1.8)),), None


def score(output, inputs, hidden):
    (width,) = inputs
    try:
        (x1, y1), (x2, y2), radius = output
        values = [float(value) for value in (x1, y1, x2, y2, radius)]
    except (TypeError, ValueError):
        return Score(raw=0.0, feedback="two centres and a radius are wanted")
    if not all(map(math.isfinite, values)):
        return Score(raw=0.0, feedback="a number is not finite")
    x1, y1, x2, y2, radius = values
    for x, y in ((x1, y1), (x2, y2)):
        if min(x, width - x, y, 1 - y) < radius - TOLERANCE:
            return Score(raw=0.0, feedback="a circle is not inside")
    if math.hypot(x1 - x2, y1 - y2) < 2 * radius - TOLERANCE:
        return Score(raw=0.0, feedback="the circles overlap")
    return Score(raw=radius)
