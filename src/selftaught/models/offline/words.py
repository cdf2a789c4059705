"""Words for ideas: how an edit is told in the sentence in front of a program."""

from __future__ import annotations

import re

_LONGEST = 60  # characters of code in a sentence


def code(text: str) -> str:
    """Return ``text`` as code in a sentence, shortened to one line."""
    line = re.sub(r"\s+", " ", text).strip().replace("`", "'")
    if len(line) > _LONGEST:
        line = line[: _LONGEST - 1].rstrip() + "…"
    return f"`{line}`"


def sentence(ideas: list[str]) -> str:
    """Return one sentence that tells all ``ideas``."""
    if len(ideas) > 1:
        ideas = [", ".join(ideas[:-1]) + (", and " if len(ideas) > 2 else " and ") + ideas[-1]]
    return f"Idea: {ideas[0]}."
