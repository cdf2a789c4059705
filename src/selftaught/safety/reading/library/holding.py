"""What things of libraries hold, and the functions that they were given and call."""

from __future__ import annotations

from collections.abc import Iterable

from selftaught.safety.reading import folding
from selftaught.safety.reading.core import Core
from selftaught.safety.reading.knowing import deep, inside, marks_under
from selftaught.safety.reading.marks import DESCRIPTION, ENVIRON, FRAME, OPAQUE, PROGRAM, RESOURCE
from selftaught.safety.reading.values import (
    NOTHING,
    Absent,
    Arguments,
    Bound,
    Choice,
    Class,
    Contents,
    Function,
    Generator,
    Given,
    GivenPart,
    Items,
    Known,
    Library,
    Method,
    Partial,
    Sender,
    Unknown,
    Value,
    join_all,
    options,
)

CALLABLE = (Function, Bound, Partial, Class, Sender, Method, Given, GivenPart)

TEXT = PROGRAM | DESCRIPTION | OPAQUE | FRAME | RESOURCE | ENVIRON


def hold(machine: Core, held: Items, values: Iterable[Value]) -> None:
    """Something of a library was given these."""
    old = held.contents
    kept = list(old.items or ())
    new = [
        value for value in values if not isinstance(value, Known) and not any(value is one for one in kept)
    ]
    constants = [value for value in values if isinstance(value, Known)]
    if len(kept) < 40:
        kept += [
            one
            for one in constants
            if not any(isinstance(x, Known) and folding.equal(x.value, one.value) for x in kept)
        ]
        kept += new
    else:
        kept.append(Unknown(marks_under(new)))
        kept = [join_all(kept)] if len(kept) > 60 else kept
    if len(kept) != len(old.items or ()):
        machine.put(held.state, "contents", Contents(tuple(kept)))


def held_by(machine: Core, function: Library) -> Value:
    """One of what something of a library was given."""
    kept: list[Value] = []
    marks = function.marks
    for one in function.held.contents.items or ():
        marks |= deep(one) & TEXT
        kept += [part for part in options(one) if not isinstance(part, (Known, Absent))]
    for one in list(kept):
        if isinstance(one, (Items, Generator)):
            kept += options(machine.contents(one).element())
    return join_all([*kept[:12], Unknown(marks)])


def constants_in(value: Value) -> Iterable[Known]:
    """The constants in a value, 60 things deep and wide at most."""
    queue, rooms = [value], 60
    while queue and rooms:
        one = queue.pop(0)
        rooms -= 1
        if isinstance(one, Known):
            yield one
        queue.extend(
            one.options if isinstance(one, Choice) else [part for part in inside(one) if part is not None]
        )


def callables(values: Iterable[Value]) -> list[Value]:
    """Those of some values that a library would call."""
    return [
        one
        for value in values
        for one in options(value)
        if isinstance(one, (Function, Bound, Partial, Sender))
        or (
            isinstance(one, Library) and one.path in ("builtins.exec", "builtins.eval", "builtins.__import__")
        )
    ]


def call_back(machine: Core, function: Value, others: Iterable[Value]) -> Value:
    """Something of a library calls a function of the program with what it was given, nobody knows how."""
    given: list[Value] = []
    for other in others:
        for one in options(other):
            if isinstance(one, (Items, Generator)):
                given.extend(options(machine.contents(one).element()))
            given.append(one)
    marks = marks_under(given)
    each = join_all(
        [
            *[one for one in given if not isinstance(one, (Known, *CALLABLE)) or isinstance(one, Given)][:8],
            Unknown(marks & TEXT),
        ]
    )
    if isinstance(function, Function):
        args = function.node.args
        needed = len(args.posonlyargs) + len(args.args) - len(function.defaults)
        return machine.call(function, Arguments([each] * max(0, needed)))
    if isinstance(function, Bound) and isinstance(function.function, Function):
        inner = function.function
        needed = len(inner.node.args.posonlyargs) + len(inner.node.args.args) - len(inner.defaults) - 1
        return machine.call(function, Arguments([each] * max(0, needed)))
    if isinstance(function, (Given, Sender, Method, Partial, GivenPart)):
        return machine.call(function, Arguments([each]))
    return NOTHING


def unknown_call(machine: Core, function: Value, arguments: Arguments) -> Value:
    """A call of nobody knows what."""
    given = arguments.every()
    if isinstance(function, Unknown) and function.marks & OPAQUE and marks_under(given) & PROGRAM:
        machine.see(
            "executes", "something that cannot be followed gets a program that a model wrote", sure=False
        )
    for one in callables(given):
        others = [value for value in given if value is not one]
        call_back(machine, one, others)
    return Unknown((marks_under(given) | deep(function)) & TEXT)
