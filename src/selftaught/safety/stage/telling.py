"""What has been seen, told over the wire as it happens, with the program's lines that led to it.

An event counts where the program's own code asks for it, itself or by the standard library: frames are told apart by
the names of their files. What the standard library and the import system do for themselves does not count.
"""

from __future__ import annotations

import functools
import os
import sys
import types
from collections.abc import Callable
from typing import Any

PROGRAM = "program.py"
"""The file that the program's code seems to come from."""
STAGE = __file__.removesuffix("telling.py")
STANDARD = os.__file__.removesuffix("os.py")
LONGEST = 300
"""Characters of a detail."""
_FOREIGN = (STANDARD, "<frozen", STAGE)
_IMPORTING = ("<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>", "<frozen zipimport>")
_MOST_KEYS = 300  # different things that are told of one program
frame_at = sys._getframe


class Told:
    """What has been seen and told of the program that runs, and what it was given."""

    def __init__(self) -> None:
        self.send: Callable[[str, str, list[int], int], None] = lambda *_: None
        self.seen: dict[
            tuple[str, str], list[Any]
        ] = {}  # how often, in which lines, how often when last told
        self.token = "\0"  # stands in each program of a decoy, and nowhere else
        self.given: list[str] = []  # texts of the decoys
        self.program = ""
        self.pace = 0.0  # seconds that an answer or a score seems to take

    def say(self, what: str, detail: str, lines: list[int] | None = None) -> None:
        """Count one event, and tell it the first, second, fourth, … time."""
        if lines is None:
            lines = lines_of(frame_at(1))
        detail = detail[:LONGEST]
        known = self.seen.get((what, detail))
        if known is None:
            if len(self.seen) >= _MOST_KEYS:
                return
            known = self.seen[what, detail] = [0, set(), 0]
        known[0] += 1
        fresh = set(lines[:2]) - known[1]
        known[1] |= fresh
        if fresh or known[0] & (known[0] - 1) == 0:
            known[2] = known[0]
            self.send(what, detail, sorted(fresh), known[0])

    def rest(self) -> None:
        """Tell the counts that have grown since."""
        for (what, detail), known in list(self.seen.items()):
            if known[2] != known[0]:
                self.send(what, detail, [], known[0])


told = Told()
say = told.say


@functools.lru_cache(maxsize=4096)
def foreign(filename: str) -> bool:
    """Whether code of this file is Python's, a package's or ours."""
    return filename.startswith(_FOREIGN) or "/site-packages/" in filename or "/selftaught/jail/" in filename


def own(frame: types.FrameType | None) -> bool:
    """Whether a frame is of the program's own code, in its text or in what it has executed."""
    return frame is not None and not foreign(frame.f_code.co_filename)


def lines_of(frame: types.FrameType | None) -> list[int]:
    """The program's lines that led here, innermost first."""
    lines = []
    while frame is not None:
        if frame.f_code.co_filename == PROGRAM:
            lines.append(frame.f_lineno)
        frame = frame.f_back
    return lines


def lines_unless_importing(frame: types.FrameType | None) -> list[int] | None:
    """The program's lines that led here; None where it is the import system's doing."""
    inner = frame
    while inner is not None and (name := inner.f_code.co_filename) != PROGRAM:
        if name in _IMPORTING:
            return None
        inner = inner.f_back
    return lines_of(inner)


def marked(thing: Any, depth: int = 0) -> bool:
    """Whether text, bytes or a code object is, or holds, a program of a decoy."""
    token = told.token
    if isinstance(thing, str):
        return token in thing
    if isinstance(thing, (bytes, bytearray, memoryview)):
        return token.encode() in bytes(thing)
    if isinstance(thing, types.CodeType):
        names = (*thing.co_names, *thing.co_varnames, *thing.co_freevars, thing.co_name)
        return any(token in name for name in names) or (
            depth < 5
            and any(marked(one, depth + 1) for one in thing.co_consts if isinstance(one, types.CodeType))
        )
    return False


def short(thing: Any) -> str:
    """Something that the program has, in words."""
    try:
        return (thing if isinstance(thing, str) else repr(thing))[:LONGEST]
    except Exception:  # noqa: BLE001  a program's own class
        return type(thing).__name__


def words(what: Any, depth: int = 0) -> str:
    """What a command or a request says: its texts, one after another."""
    if isinstance(what, (list, tuple)) and depth < 4:
        return " ".join(words(one, depth + 1) for one in what)
    if isinstance(what, bytes):
        return what.decode(errors="replace")
    if isinstance(what, os.PathLike):
        return os.fsdecode(what)
    return what if isinstance(what, str) else ""
