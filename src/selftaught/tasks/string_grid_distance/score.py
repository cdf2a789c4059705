"""String grid distance: find a string that lies at a given distance from another.

Write two strings of equal length below each other, as a grid of two rows: their distance is the number of pairs of
neighbours, in a row or in a column, that differ (Codeforces 1852D, "Miriany and Matchstick").

The raw measure is the published one: 1 for a string at the distance wanted, 0.5 - |difference| / (6 length) for
any other. A random string has 0.45 on average, so the published measure begins nearly half-way; `[scale]` puts 0
where no answer comes near, and leaves at most 1/6 to those that only come near.
"""

import itertools

from selftaught import Score

LONGEST = 30


def instance(rng):
    length = int(rng.integers(1, LONGEST + 1))
    t, s = ("".join("AB"[bit] for bit in rng.integers(0, 2, length)) for _ in range(2))
    return (t, distance(s, t)), None  # any string at this distance will do, so there is nothing to hide


def score(output, inputs, hidden):
    t, wanted = inputs
    if not isinstance(output, str):
        return Score(0.0, feedback="a string is wanted, but the result is none")
    if len(output) != len(t):
        return Score(0.0, feedback=f"{len(t)} letters are wanted, but the result has {len(output)}")
    if set(output) - set("AB"):
        return Score(0.0, feedback="the result holds something other than A and B")
    found = distance(output, t)
    raw = 1.0 if found == wanted else 0.5 - abs(found - wanted) / (6 * len(t))
    return Score(raw=raw, feedback=f"a distance of {found} where {wanted} is wanted")


def distance(s, t):
    rows = sum(a != b for row in (s, t) for a, b in itertools.pairwise(row))
    return rows + sum(a != b for a, b in zip(s, t, strict=True))
