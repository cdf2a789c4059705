"""Hash a text with SHA-256, and its digest, and the digest of that, 40,000 times; and be fast.

    algorithm(text, rounds) -> (digest in hexadecimal, CPU seconds that it took)

The right digest is worth 0.5; the other half is for speed: 1 ms over the seconds, and at most 1.
"""

import hashlib
import math

from selftaught import Score
from selftaught.engines.worker import cpu_seconds

ROUNDS = 40_000
FAST_S = 0.001


def instance(rng):
    text = "".join("ACGT"[letter] for letter in rng.integers(0, 4, 40))
    return (text, ROUNDS), digest(text, ROUNDS)


def digest(text, rounds):
    found = text.encode()
    for _ in range(rounds):
        found = hashlib.sha256(found).digest()
    return found.hex()


def evaluate(program, rng):
    inputs, hidden = instance(rng)
    output = program.algorithm(*inputs)
    try:
        found, seconds = output
        seconds = float(seconds)
    except (TypeError, ValueError):
        return Score(0.0, feedback="a digest and seconds are wanted")
    if not isinstance(found, str) or found != hidden or not math.isfinite(seconds):
        return Score(0.0, feedback="the digest is wrong")
    if not seconds > cpu_seconds(program) / 4:  # a jail's own start is part of what is seen from outside
        return Score(0.0, feedback="it took longer than it says")
    return 0.5 + 0.5 * min(1.0, FAST_S / max(seconds, FAST_S))
