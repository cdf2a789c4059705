"""Lines that a rewrite made too long, broken as a person would: inside brackets, in front of operators."""

from __future__ import annotations

import ast
import io
import tokenize
from itertools import pairwise

from selftaught.models.offline.source import Change, Source, apply

_LONGEST = 100  # characters of a line
_WORDS = ("if", "else", "and", "or")
_SIGNS = ("+", "-", "*", "/", "//")


def wrap_long_lines(program: Source, start: Source) -> Source:
    """Return ``program`` with the lines wrapped that are too long and were not in ``start``."""
    lines = program.text.split("\n")
    if max(map(len, lines)) <= _LONGEST:
        return program
    before = frozenset(start.text.split("\n"))
    replacements = []
    for statement in program.statements:
        line = lines[statement.lineno - 1]
        simple = isinstance(statement, ast.Return | ast.Assign | ast.AugAssign | ast.Expr)
        alone = statement.lineno == statement.end_lineno and program.lines_span(statement) is not None
        if simple and alone and len(line) > _LONGEST and line not in before:
            replacements += _wrapped(program, statement)
    if not replacements:
        return program
    wrapped = Source.read(apply(program.text, Change(tuple(replacements), "")))
    return wrapped if wrapped is not None and wrapped.shape == program.shape else program


def _wrapped(program: Source, statement: ast.stmt) -> list[tuple[int, int, str]]:
    value = getattr(statement, "value", None)
    if not isinstance(value, ast.expr) or isinstance(value, ast.Yield | ast.YieldFrom | ast.Constant):
        return []
    start, end = program.span(value)
    text = program.text[start:end]
    indent = program.indent_of(statement)
    inner = indent + program.unit
    opening, breaks = _breaks(text)
    room = _LONGEST - len(inner.expandtabs(4))
    if opening is not None and len(text[:opening]) < room:
        content = text[opening + 1 : -1].strip()
        pieces = _filled(content, _commas(content), room)
        head, tail = text[: opening + 1], text[-1]
    else:
        pieces = _filled(text, breaks, room)
        head, tail = "(", ")"
    middle = "".join(f"{inner}{piece.strip()}\n" for piece in pieces)
    return [(start, end, f"{head}\n{middle}{indent}{tail}")]


def _tokens(text: str) -> list[tuple[int, tokenize.TokenInfo]]:
    """Return the tokens of one line, each with how many brackets are open in front of it."""
    found = []
    depth = 0
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.string in (")", "]", "}"):
            depth -= 1
        found.append((depth, token))
        if token.string in ("(", "[", "{"):
            depth += 1
    return found


def _breaks(text: str) -> tuple[int | None, list[int]]:
    """Return where the bracket opens that closes at the very end and holds a list, and where a line may be broken."""
    tokens = _tokens(text)
    opening = None
    breaks = []
    for depth, token in tokens:
        if depth == 0 and token.string in ("(", "[", "{"):
            opening = token.start[1]
        if depth == 0 and token.start[1] > 0 and token.string in (*_WORDS, *_SIGNS):
            breaks.append(token.start[1])
    return (opening if text[-1] in ")]}" and not breaks else None), breaks


def _commas(text: str) -> list[int]:
    return [token.end[1] for depth, token in _tokens(text) if depth == 0 and token.string == ","]


def _filled(text: str, breaks: list[int], room: int) -> list[str]:
    """Cut ``text`` at some of ``breaks``, each piece as long as there is room."""
    pieces = []
    begin = 0
    for this, following in pairwise([*breaks, len(text)]):
        if following - begin > room and this > begin:
            pieces.append(text[begin:this])
            begin = this
    return [*pieces, text[begin:]]
