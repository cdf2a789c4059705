"""Edits of longer texts in a program: a sentence or a line left out or said twice. F-strings stay as they are."""

from __future__ import annotations

import ast
import re

from selftaught.models.offline.draft import Draft
from selftaught.models.offline.source import Change
from selftaught.models.offline.words import code

_SHORTEST, _LONGEST = 40, 4000  # characters
_SENTENCE = re.compile(r"[^.!?\n\\]+[.!?](?:[ \n]|\Z)|[^\n\\]+\n")


def edit_text(draft: Draft) -> Change | None:
    """Leave out or repeat one sentence or line of a text."""
    program = draft.program
    found = [n for n in program.sites if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    node = draft.choose(
        [
            n
            for n in found
            if _SHORTEST <= len(program.segment(n)) <= _LONGEST and not _held_by_fstring(draft, n)
        ]
    )
    if node is None:
        return None
    text = program.segment(node)
    quotes = re.match(r"[a-zA-Z]*(\"\"\"|'''|\"|')", text)
    if quotes is None or text.count(quotes.group(1)) != 2:
        return None  # several literals in a row
    start, end = quotes.end(), len(text) - len(quotes.group(1))
    pieces = [m for m in _SENTENCE.finditer(text, start, end) if m.group().strip()]
    piece = draft.choose(pieces)
    if piece is None or len(pieces) < 2:
        return None
    at = program.span(node)[0]
    if draft.chance(0.6):
        return Change(((at + piece.start(), at + piece.end(), ""),), f"no longer say {code(piece.group())}")
    again = piece.group() if piece.group()[-1:] in " \n" else " " + piece.group()
    return Change(((at + piece.end(), at + piece.end(), again),), f"say {code(piece.group())} twice")


def _held_by_fstring(draft: Draft, node: ast.AST) -> bool:
    return isinstance(draft.program.parents[node][0], ast.JoinedStr)
