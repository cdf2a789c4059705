"""Compress a text of 400 letters, each A, C, G or T with equal probability, and get it back.

    encode(text) -> bytes
    decode(code) -> the text

The score is the share of the text's 400 bytes that is saved, and 0 where the text does not come back.
"""

from selftaught import Score
from selftaught.engines.worker import fresh

LETTERS = 400


def evaluate(program, rng):
    text = "".join("ACGT"[letter] for letter in rng.integers(0, 4, LETTERS))
    code = program.encode(text)
    if not isinstance(code, bytes):
        return Score(0.0, feedback="encode must give bytes")
    found = fresh(program).decode(code)  # a process that never saw the text
    if not isinstance(found, str) or found != text:
        return Score(0.0, feedback="decode did not give the text back")
    return max(0.0, 1 - len(code) / LETTERS)
