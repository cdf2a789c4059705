"""Finding programs in a prompt: fenced blocks, fences inside fenced programs, and code without a fence.

A program may itself contain lines that look like fences (a template for a prompt does). So a block's end is the
first closing line up to which the text parses, not simply the first closing line.
"""

from __future__ import annotations

import ast
import re
import warnings
from dataclasses import dataclass
from typing import Literal

from selftaught import syntax

_FENCE = re.compile(r"^[ ]{0,3}(`{3,}|~{3,})[ \t]*([^\s`]*)[^`\n]*$")
_CODE_LINE = re.compile(r"^(?:def|class|import|from|async def|@\w|[A-Za-z_]\w*\s*=[^=])")
_PYTHON = ("python", "py", "python3")
_LONGEST = 100_000  # characters: what is longer is not read, so that one prompt cannot hold up the rest
_DEEPEST = 100  # levels of a syntax tree: deeper ones would meet Python's limit on recursion
_OTHERS = 12  # other programs of a prompt that are looked at
_CLOSINGS = 24  # closing lines that are tried for one block


@dataclass(frozen=True, slots=True)
class Reading:
    """What a prompt holds: the program to be improved (None if there is none) and the other programs."""

    solution: str | None
    others: tuple[str, ...] = ()


def read_prompt(prompt: str) -> Reading:
    """Find the programs in ``prompt``: the first Python block that parses is the one to improve."""
    blocks = _blocks(_plain_newlines(prompt))
    named = [text for label, text in blocks if label in _PYTHON and _is_program(text)]
    if named:
        return Reading(named[0], tuple(named[1 : 1 + _OTHERS]))
    unnamed = [text for label, text in blocks if label not in _PYTHON and _is_program(text)]
    found = unnamed or _loose(prompt)
    if not found:
        return Reading(None)
    largest = max(found, key=len)
    return Reading(largest, tuple(text for text in found if text is not largest)[:_OTHERS])


def parse(text: str) -> ast.Module | None:
    """Return the syntax tree of ``text``, or None if it is no Python, or too long or deep to work on."""
    tree = syntax.parsed(text, _LONGEST)
    return None if isinstance(tree, str) or syntax.deeper_than(tree, _DEEPEST) else tree


def compiles(tree: ast.Module, warned: Literal["error", "ignore"] = "ignore") -> bool:
    """Say whether Python accepts the program (``return`` outside a function parses, too).

    With ``warned`` as "error" it must do so without a warning, such as that a number cannot be called.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(warned)
            compile(tree, "<program>", "exec", dont_inherit=True)
    except (SyntaxError, SyntaxWarning, ValueError, RecursionError, MemoryError):
        return False
    return True


def _plain_newlines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _is_program(text: str) -> bool:
    """Tell a program from a word that happens to parse: something must be defined, bound or imported."""
    tree = parse(text)
    if tree is None:
        return False
    trivial = (ast.Expr, ast.Pass)
    return any(not isinstance(statement, trivial) for statement in tree.body)


def _blocks(text: str) -> list[tuple[str, str]]:
    """Return the (label, content) of each fenced block, in order."""
    lines = text.split("\n")
    blocks = []
    at = 0
    while at < len(lines):
        opening = _FENCE.match(lines[at])
        if opening is None:
            at += 1
            continue
        end = _closing(lines, at, opening.group(1), opening.group(2).lower())
        blocks.append((opening.group(2).lower(), "\n".join(lines[at + 1 : end]) + "\n"))
        at = end + 1
    return blocks


def _closing(lines: list[str], start: int, fence: str, label: str) -> int:
    """Return the line that closes the block: the first that leaves a program, else the first of all."""
    candidates = []
    for at in range(start + 1, len(lines)):
        line = lines[at].strip()
        if len(line) >= len(fence) and line == fence[0] * len(line):
            candidates.append(at)
            if len(candidates) == _CLOSINGS:
                break
    if not candidates:
        return len(lines)
    if label in (*_PYTHON, ""):
        for at in candidates:
            if parse("\n".join(lines[start + 1 : at])) is not None:
                return at
    return candidates[0]


def _loose(prompt: str) -> list[str]:
    """Look for a program among paragraphs without a fence: the longest run of paragraphs that parses."""
    paragraphs = re.split(r"\n[ \t]*\n", _plain_newlines(prompt))
    found: list[str] = []
    tries = 0
    start = 0
    while start < len(paragraphs) and tries < 100:
        if not _CODE_LINE.match(paragraphs[start].lstrip("\n")):
            start += 1
            continue
        for end in range(min(len(paragraphs), start + 30), start, -1):
            tries += 1
            text = "\n\n".join(paragraphs[start:end]).strip("\n") + "\n"
            if _is_program(text):
                found.append(text)
                start = end - 1
                break
        start += 1
    return found
