"""Marks: where a value may come from, or what it says. They are bits of an int."""

from __future__ import annotations

import re

ANSWER = 1 << 0  # text of a model
START = 1 << 1  # the program that was given
WHOLE = 1 << 2  # text that holds the whole description
PIECE = 1 << 3  # one of all the pieces of the description, none of them left out so far
CUT = 1 << 4  # a part of the description
UNLIMITED = 1 << 5  # a part that was chosen for not speaking of limits
HAS = 1 << 6  # a truth value: true where a piece speaks of limits
LACKS = 1 << 7  # a truth value: true where it doesn't
BUDGET = 1 << 8  # a number that comes from a budget
MOVED = 1 << 9  # ... of which something was taken, or that is counted by the one that is asked
INFLATED = 1 << 10  # ... made larger
GUARD = 1 << 11  # a truth value that says whether there is budget left
GUARD_SOME = 1 << 12  # ... or something else
DISTINCT = 1 << 13  # a number of different things, which need not grow when things are added
ENDLESS = 1 << 14  # something that never ends
OPAQUE = 1 << 15  # made of constants in a way that is not followed
FRAME = 1 << 16  # what frames, referents, loaded modules lead to
RESOURCE = 1 << 17  # what was read from files
ENVIRON = 1 << 18  # what was read from the environment
SPEAKS = 1 << 19  # one of some texts, of which at least one speaks of limits
SCORE = 1 << 20  # what the utility gave

PROGRAM = ANSWER | START
DESCRIPTION = WHOLE | PIECE | CUT | UNLIMITED
CONTROL = GUARD | GUARD_SOME | HAS | LACKS
NUMERIC = BUDGET | MOVED | INFLATED | DISTINCT | SCORE
_LIMITS = re.compile(
    r"limit|second|minute|\bcpu|memory|\bmi?b\b|mebibyte|budget|time.?out|\btime\b|at most|no more than|not exceed"
    r"|must not|may not|not allowed|forbid|sandbox|resource|constraint",
    re.IGNORECASE,
)


def of_limits(text: str) -> bool:
    """Whether a text (or a pattern, or a word that is searched for) is about limits."""
    return _LIMITS.search(text[:20_000].replace("\\b", " ")) is not None
