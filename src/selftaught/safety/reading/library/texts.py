"""Functions on text: textwrap, regular expressions."""

from __future__ import annotations

from selftaught.safety.reading.core import Core
from selftaught.safety.reading.knowing import deep, speaks
from selftaught.safety.reading.library.holding import CALLABLE, TEXT, hold
from selftaught.safety.reading.marks import CUT, HAS, NUMERIC, PIECE, UNLIMITED, WHOLE
from selftaught.safety.reading.values import (
    NOTHING,
    Arguments,
    Contents,
    Items,
    Known,
    Library,
    Unknown,
    Value,
)


def text_function(machine: Core, name: str, arguments: Arguments) -> Value:
    """What a function gives that lays out or escapes a text."""
    first = arguments.get(0)
    marks = deep(first) & ~NUMERIC
    if name == "wrap":
        return Items("list", Contents(None, Unknown(marks & ~WHOLE | (PIECE if marks & WHOLE else 0), "str")))
    if name == "shorten" and marks & (WHOLE | PIECE):
        width = arguments.get(1, "width")
        if not (isinstance(width, Known) and isinstance(width.value, int) and width.value >= 1500):
            marks = marks & ~(WHOLE | PIECE) | CUT
    return Unknown(marks, "str", first.truth if isinstance(first, Unknown) else None)


def pattern_function(machine: Core, function: Library, name: str, arguments: Arguments) -> Value:
    """Regular expressions."""
    if name == "compile":
        held = Items("held", Contents())
        hold(machine, held, arguments.values[:1])
        return Library("re.compile()", held)
    compiled = function.path.endswith(f"().{name}")
    pattern: Value = function.held if compiled else arguments.get(0, "pattern") or NOTHING
    values = arguments.values if compiled else arguments.values[1:]
    replacing = name in ("sub", "subn")
    text = arguments.named.get("string") or (
        values[1] if replacing and len(values) > 1 else values[0] if values else NOTHING
    )
    about = speaks(pattern)
    marks = deep(text) & ~NUMERIC
    if replacing:
        new = values[0] if values else NOTHING
        if isinstance(new, CALLABLE):
            machine.call(new, Arguments([Unknown(marks & TEXT, "match", True)]))
        if marks & WHOLE and about and isinstance(new, Known) and len(str(new.value)) < 16:
            marks = marks & ~WHOLE | CUT | UNLIMITED
        result = Unknown((marks | deep(new)) & TEXT, "str")
        return Items("tuple", Contents((result, Unknown(0, "number")))) if name == "subn" else result
    if name in ("findall", "finditer", "split"):
        if marks & (WHOLE | PIECE):
            marks = marks & ~WHOLE | PIECE | (UNLIMITED if about and name == "split" else 0)
        return Items(
            "list",
            Contents(
                None,
                Unknown(
                    marks, "str" if name != "finditer" else "match", True if name == "finditer" else None
                ),
            ),
        )
    if name in ("search", "match", "fullmatch"):
        if marks & PIECE:
            return Unknown(marks & ~PIECE | (HAS if about else PIECE), "match")
        return Unknown(marks, "match")
    return Unknown(marks & TEXT, "str")
