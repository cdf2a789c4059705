"""Hash a text with SHA-256, and its digest, and the digest of that, 40,000 times; and be fast.

    algorithm(text, rounds) -> (digest in hexadecimal, CPU seconds that it took)

The right digest is worth 0.5; the other half is for speed: 1 ms over the seconds, and at most 1.
"""

import hashlib
import math

from selftaught import Score

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


def score(output, inputs, hidden):
    try:
        found, seconds = output
        seconds = float(seconds)
    except (TypeError, ValueError):
        return Score(0.0, feedback="a digest and seconds are wanted")
    if not isinstance(found, str) or found != hidden or not math.isfinite(seconds):
        return Score(0.0, feedback="the digest is wrong")
    return 0.5 + 0.5 * min(1.0, FAST_S / max(seconds, FAST_S))
