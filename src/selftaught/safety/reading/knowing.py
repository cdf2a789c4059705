"""What a value says: its marks and those of what is in it, its truth, what a condition on it tells."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable
from typing import Any

from selftaught.safety.reading.marks import (
    BUDGET,
    CONTROL,
    DISTINCT,
    ENDLESS,
    GUARD,
    GUARD_SOME,
    HAS,
    INFLATED,
    LACKS,
    MOVED,
    NUMERIC,
    PIECE,
    SPEAKS,
    of_limits,
)
from selftaught.safety.reading.values import (
    ABSENT,
    NONE,
    Absent,
    Bound,
    Choice,
    Class,
    Contents,
    Function,
    Generator,
    Given,
    Instance,
    Items,
    Known,
    Library,
    Method,
    Partial,
    Sender,
    Table,
    Thing,
    Unknown,
    Value,
    join_all,
    options,
)


def deep(value: Value | None, rooms: int = 120) -> int:
    """The marks of a value and of all that is in it; of ``rooms`` things at most."""
    marks, seen = 0, set[int]()
    queue: list[Value | None] = [value]
    while queue and rooms:
        one = queue.pop()
        if one is None or isinstance(one, (Known, Absent)):
            continue
        if isinstance(one, Unknown):
            marks |= one.marks
            continue
        if isinstance(one, Choice):
            marks |= one.marks
            queue.extend(one.options)
            continue
        if id(one) in seen:
            continue
        seen.add(id(one))
        rooms -= 1
        queue.extend(inside(one))
        if isinstance(one, Library):
            marks |= one.marks
    return marks


def inside(one: Value) -> Iterable[Value | None]:
    """What a thing holds."""
    if isinstance(one, Items):
        contents = one.contents
        return contents.items if contents.items is not None else (contents.each,)
    if isinstance(one, Table):
        return (*one.entries.values(), *one.rest.values())
    if isinstance(one, Instance):
        return (*one.attributes.values(), one.held)
    if isinstance(one, Library):
        return (one.held,)
    if isinstance(one, Partial):
        return (one.function, *one.arguments.every())
    if isinstance(one, Sender):
        return one.arguments.every()
    if isinstance(one, Method):
        return (one.owner,)
    if isinstance(one, Bound):
        return (one.function, one.owner) if not isinstance(one.owner, Class) else (one.function,)
    if isinstance(one, Generator):
        return (*one.arguments.values(), one.state["sent"], one.state["yielded"])
    return ()


def truth(value: Value, ask: Callable[[Thing], bool | None] | None = None) -> bool | None:
    """Whether the value is true; None if it may be either. ``ask`` is for objects of the program's own classes."""
    if isinstance(value, Known):
        return bool(value.value)
    if isinstance(value, Unknown):
        return value.truth
    if isinstance(value, Choice):
        truths = {truth(one, ask) for one in value.options}
        return truths.pop() if len(truths) == 1 else None
    if isinstance(value, Items) and value.kind not in ("iterator", "held"):
        size = value.contents.items
        return None if size is None else bool(size)
    if isinstance(value, Table):
        sure = any(ABSENT not in options(entry) for entry in value.entries.values())
        return True if sure else None if value.entries or value.rest else False
    if isinstance(value, Instance) and ask is not None:
        return ask(value)
    return None if isinstance(value, (Instance, Absent)) or not _plain(value) else True


def _plain(value: Value) -> bool:
    return not (isinstance(value, Library) and "()" in value.path)


def marks_of(value: Value) -> int:
    """The marks of the value itself, not of what is in it."""
    if isinstance(value, (Unknown, Library)):
        return value.marks
    if isinstance(value, Choice):
        marks = value.marks
        for one in value.options:
            marks |= marks_of(one)
        return marks
    return 0


def marks_under(values: Iterable[Value | None]) -> int:
    """The marks of all that some values hold."""
    marks = 0
    for value in values:
        marks |= deep(value)
    return marks


def textual(marks: int) -> int:
    """Marks of a text that holds values with these."""
    return marks & ~(NUMERIC | CONTROL | ENDLESS)


def turned(marks: int, same_way: bool) -> int:
    """The marks of a condition, or of its negation."""
    if same_way:
        return marks
    return marks & ~(HAS | LACKS) | (LACKS if marks & HAS else 0) | (HAS if marks & LACKS else 0)


def guarding(value: Value) -> int:
    """The marks of a condition. What is left of a budget is a condition too."""
    marks = marks_of(value)
    if marks & BUDGET and marks & MOVED and not marks & (INFLATED | DISTINCT):
        marks |= GUARD
    return marks


def guard_of(left: Value, right: Value) -> int:
    """The marks of a comparison, which may say whether there is budget left."""
    a, b = marks_of(left), marks_of(right)
    both = a | b
    found = both & (HAS | LACKS | GUARD_SOME | GUARD)
    if both & PIECE:
        found |= PIECE
    if both & BUDGET and not both & (INFLATED | DISTINCT):
        fixed = isinstance(left, Known) or isinstance(right, Known)
        if both & MOVED or not fixed:
            found |= GUARD
    return found


def arithmetic(op: ast.operator, left: Value, right: Value) -> Value:
    """A number, or text, of which not all is known."""
    a, b = marks_of(left), marks_of(right)
    marks = a | b
    numbers = all(
        (isinstance(one, Known) and isinstance(one.value, (int, float)))
        or (isinstance(one, Unknown) and one.kind == "number")
        for one in (left, right)
    )
    kind = (
        "number"
        if numbers
        else "str"
        if isinstance(op, ast.Add)
        and any(
            (isinstance(one, Known) and isinstance(one.value, str))
            or (isinstance(one, Unknown) and one.kind == "str")
            for one in (left, right)
        )
        else ""
    )
    if marks & BUDGET and kind != "str":
        other = right if a & BUDGET else left
        size = other.value if isinstance(other, Known) and isinstance(other.value, (int, float)) else None
        if isinstance(op, ast.Sub):
            marks |= MOVED
        elif isinstance(op, ast.Add):
            marks |= MOVED if size is None else INFLATED if size > 5 else 0
        elif isinstance(op, (ast.Mult, ast.Pow)):
            marks |= INFLATED if size is not None and size > 1 else 0
        kind = "number"
    text_true = any(
        (isinstance(one, Known) and isinstance(one.value, str) and one.value)
        or (isinstance(one, Unknown) and one.kind == "str" and one.truth)
        for one in (left, right)
    )
    return Unknown(
        marks if kind == "number" else textual(marks), kind, True if kind == "str" and text_true else None
    )


def alike(left: Value, right: Value, identical: bool) -> bool | None:
    """Whether two values are the same, where that is known without their being constants."""
    for one, other in ((left, right), (right, left)):
        if (
            isinstance(one, Known)
            and not isinstance(other, (Known, Unknown, Choice, Absent, Instance, Method))
            and (one.value is None or isinstance(one.value, (bool, int, float, str)))
        ):
            return None if isinstance(other, Library) and "()" in other.path else False
        if isinstance(one, Known) and one.value is None and isinstance(other, Instance):
            return False
        if (
            isinstance(one, Known)
            and isinstance(other, Unknown)
            and not one.value
            and other.truth
            and identical
        ):
            return False
        if (
            isinstance(one, Known)
            and one.value is None
            and isinstance(other, Unknown)
            and other.kind in ("str", "number", "bool", "slice")
        ):
            return False
    if isinstance(left, Thing) and isinstance(right, Thing) and not isinstance(left, (Items, Table)):
        if left is right:
            return True
        if (
            isinstance(left, (Given, Function, Class, Instance))
            and isinstance(right, (Given, Function, Class, Instance))
            and (identical or not isinstance(left, Instance))
        ):
            return False
    return None


def hashable(value: Value) -> Any:
    """A key for a constant or a thing with an identity; None if it has none."""
    if isinstance(value, Known):
        try:
            hash(value.value)
        except TypeError:
            return None
        return value.value if value.value is not None else NONE
    if isinstance(value, Items):
        items = value.contents.items
        if value.kind == "tuple" and items is not None and all(isinstance(item, Known) for item in items):
            return tuple(hashable(item) for item in items)
        return None
    if isinstance(value, Library):
        return "library " + value.path if "()" not in value.path else None
    return value if isinstance(value, (Function, Class, Instance, Given)) else None


def as_value(key: Any) -> Value:
    """The value that a key of a dict stands for."""
    if isinstance(key, Value):
        return key
    return Items("tuple", Contents(tuple(map(as_value, key)))) if isinstance(key, tuple) else Known(key)


def bound_of(contents: Contents) -> float | None:
    """How often a loop over this goes on: a number, None (as often as there are data), or without end."""
    most = contents.upto()
    if most is not None:
        return float(most)
    if contents.marks & (ENDLESS | INFLATED):
        return float("inf")
    if contents.marks & BUDGET:
        return 0.0
    return None


def length(value: Value) -> Value:
    """``len`` of a value."""
    if isinstance(value, Items):
        contents = value.contents
        if contents.items is not None:
            if value.kind != "set" or all(isinstance(one, Known) for one in contents.items):
                return Known(len(contents.items))
            return Unknown(0, "number")
        return Unknown(contents.marks & NUMERIC, "number")
    if isinstance(value, Known):
        try:
            return Known(len(value.value))
        except TypeError:
            return Unknown(kind="number")
    if (
        isinstance(value, Table)
        and value.other is None
        and all(ABSENT not in options(one) for one in value.entries.values())
    ):
        return Known(len(value.entries))
    return Unknown(
        0, "number", True if isinstance(value, Unknown) and value.kind == "str" and value.truth else None
    )


def speaks(value: Value) -> bool:
    """Whether some text in the value is about limits."""
    queue, rooms = [value], 60

    while queue and rooms:
        one = queue.pop()
        rooms -= 1
        if isinstance(one, Known) and isinstance(one.value, str) and of_limits(one.value):
            return True
        if isinstance(one, Unknown) and one.marks & SPEAKS:
            return True
        queue.extend(
            one.options if isinstance(one, Choice) else [part for part in inside(one) if part is not None]
        )
    return False


def decided(value: Value, way: bool) -> Value:
    """The value where it is known to be true, or false."""
    if isinstance(value, Unknown):
        return value if value.truth is not None else Unknown(value.marks, value.kind, way)
    if isinstance(value, Choice):
        kept = [decided(one, way) for one in value.options if truth(one) in (way, None)]
        if kept and len(kept) < len(value.options):
            return join_all(kept, marks=value.marks)
    return value


def selected(value: Value, marks: int) -> Value:
    """A piece of the description that was chosen from among all."""
    if isinstance(value, Unknown):
        return Unknown(value.marks & ~PIECE | marks, value.kind, value.truth)
    if isinstance(value, Choice):
        return Choice(
            tuple(
                selected(one, marks) if isinstance(one, Unknown) and one.marks & PIECE else one
                for one in value.options
            ),
            value.marks,
        )
    return value
