"""Built-ins that go through things."""

from __future__ import annotations

import ast
from collections.abc import Callable

from selftaught.safety.reading import folding
from selftaught.safety.reading.core import Core, Loop
from selftaught.safety.reading.knowing import (
    bound_of,
    decided,
    deep,
    guarding,
    length,
    marks_of,
    selected,
)
from selftaught.safety.reading.library.registry import handles
from selftaught.safety.reading.marks import (
    BUDGET,
    CUT,
    ENDLESS,
    HAS,
    INFLATED,
    LACKS,
    MOVED,
    NUMERIC,
    PIECE,
    UNLIMITED,
)
from selftaught.safety.reading.values import (
    FALSE,
    NOTHING,
    TRUE,
    Arguments,
    Bound,
    Contents,
    Instance,
    Items,
    Known,
    Library,
    Method,
    Unknown,
    Value,
    join_all,
    options,
)


@handles("builtins.len")
def _len(machine: Core, arguments: Arguments) -> Value:
    value = arguments.get(0)
    found = []
    for one in options(value) if value is not None else ():
        if isinstance(one, Instance):
            how = one.kind.find("__len__")
            if how is not None:
                found.append(machine.call(Bound(how, one), Arguments()))
                continue
            one = one.attributes.get("__dict_self__", NOTHING)
        found.append(length(one))
    return join_all(found) if found else Unknown(kind="number")


@handles("builtins.range")
def _range(machine: Core, arguments: Arguments) -> Value:
    values = arguments.values
    if values and all(isinstance(one, Known) and isinstance(one.value, int) for one in values):
        try:
            numbers = range(*(one.value for one in values if isinstance(one, Known)))
            size = len(numbers)
        except (ValueError, TypeError, OverflowError):
            return Items("range", Contents(None, Unknown(kind="number"), ENDLESS))
        if size <= 64:
            return Items("range", Contents(tuple(Known(number) for number in numbers)))
        return Items("range", Contents(None, Unknown(kind="number"), 0, size))
    marks = 0

    for one in values[:2]:
        marks |= marks_of(one)
    stops = (
        [
            one.value
            for one in options(values[min(1, len(values) - 1)])
            if isinstance(one, Known) and isinstance(one.value, (int, float))
        ]
        if values
        else []
    )
    stop = values[min(1, len(values) - 1)] if values else NOTHING
    most = int(min(max(stops), 10**6)) if stops and len(stops) == len(options(stop)) else None
    return Items("range", Contents(None, Unknown(0, "number"), marks & (NUMERIC | ENDLESS), most))


def each_way(
    machine: Core, contents: Contents, call_one: Callable[[Value], Value], limit: int = 24
) -> Contents:
    """What comes of calling a function with each of a list."""
    if contents.items is not None and len(contents.items) <= limit:
        return Contents(tuple(call_one(one) for one in contents.items), None, contents.marks)

    found: list[Value] = []
    loop = Loop(machine.line, bound_of(contents))

    def once() -> int:
        found.append(call_one(contents.element()))
        return 1

    machine.loops.append(loop)
    try:
        machine.again(once)
    finally:
        machine.loops.pop()
    machine.leave(loop)
    return Contents(None, join_all(found) if found else None, contents.marks, contents.upto())


@handles("builtins.map")
def map_(machine: Core, arguments: Arguments) -> Value:
    """``map``, of executors and pools too."""
    function = arguments.get(0)
    if function is None or len(arguments.values) < 2:
        return NOTHING
    rows = _zipped(machine, arguments.values[1:])
    return Items(
        "iterator",
        each_way(
            machine,
            rows,
            lambda row: machine.call(function, Arguments(list(machine.contents(row).items or ()))),
        ),
    )


def _zipped(machine: Core, lists: list[Value]) -> Contents:
    columns = [machine.contents(one) for one in lists]
    if columns and all(one.items is not None for one in columns):
        shortest = min(len(one.items or ()) for one in columns)
        return Contents(
            tuple(
                Items("tuple", Contents(tuple((one.items or ())[i] for one in columns)))
                for i in range(shortest)
            )
        )
    limits = [one for one in columns if not one.marks & ENDLESS]
    sizes = [size for one in limits if (size := one.upto()) is not None]
    marks = 0
    for one in limits or columns:
        marks |= one.marks
    row = Items("tuple", Contents(tuple(one.element() for one in columns)))
    return Contents(None, row, marks, min(sizes) if sizes else None)


@handles("builtins.zip", "itertools.zip_longest")
def _zip(machine: Core, arguments: Arguments) -> Value:
    if arguments.more is not None:
        return Items(
            "iterator",
            Contents(None, Items("tuple", Contents(None, machine.contents(arguments.more).element()))),
        )
    return Items("iterator", _zipped(machine, arguments.values))


@handles("builtins.enumerate")
def _enumerate(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    contents = machine.contents(first) if first is not None else Contents()
    start = arguments.get(1, "start")
    base = start.value if isinstance(start, Known) and type(start.value) is int else 0
    if contents.items is not None and (start is None or isinstance(start, Known)):
        return Items(
            "iterator",
            Contents(
                tuple(
                    Items("tuple", Contents((Known(i + base), one))) for i, one in enumerate(contents.items)
                )
            ),
        )
    return Items(
        "iterator",
        Contents(
            None,
            Items("tuple", Contents((Unknown(0, "number"), contents.element()))),
            contents.marks,
            contents.upto(),
        ),
    )


@handles("builtins.filter", "itertools.filterfalse")
def _filter(machine: Core, arguments: Arguments) -> Value:
    function, values, called = arguments.get(0), arguments.get(1), machine.called
    if function is None or values is None:
        return NOTHING

    contents = machine.contents(values)
    inverse = called.endswith("filterfalse")
    kept: list[Value] = []
    exact = contents.items is not None
    for one in contents.items if contents.items is not None else [contents.element()]:
        if isinstance(function, Known):
            test: Value = one
        else:
            test = machine.call(function, Arguments([one]))
        if inverse:
            test = machine.negated(test)
        sure = machine.true(test)
        if sure is False:
            continue
        exact &= sure is True
        marks = marks_of(test)
        if deep(one) & PIECE and not isinstance(function, Known) and marks & (PIECE | HAS | LACKS):
            simple = isinstance(function, (Method, Library))
            if not simple:
                one = (
                    selected(one, CUT | (UNLIMITED if marks & LACKS else 0))
                    if isinstance(one, Unknown)
                    else one
                )
        kept.append(decided(one, True) if isinstance(function, Known) else one)
    if exact:
        return Items("iterator", Contents(tuple(kept)))
    return Items(
        "iterator", Contents(None, join_all(kept) if kept else None, contents.marks, contents.upto())
    )


def sorted_by(machine: Core, arguments: Arguments, contents: Contents) -> None:
    """Call the key by which something is put in order."""
    key = arguments.named.get("key")
    if key is not None and not (isinstance(key, Known) and key.value is None):
        each_way(machine, contents, lambda one: machine.call(key, Arguments([one])), limit=6)


@handles("builtins.sorted")
def _sorted(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    contents = machine.contents(first) if first is not None else Contents()
    sorted_by(machine, arguments, contents)
    if contents.items is not None:
        folded = folding.fold_sorted(contents.items, arguments)
        if folded is not None:
            return Items("list", Contents(folded), own=True)
        each = join_all(contents.items) if contents.items else NOTHING
        return Items("list", Contents((each,) * len(contents.items)), own=True)
    return Items("list", contents, own=True)


@handles("builtins.reversed")
def _reversed(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    contents = machine.contents(first) if first is not None else Contents()
    if contents.items is not None:
        return Items("iterator", Contents(contents.items[::-1], None, contents.marks))
    return Items("iterator", contents)


@handles("builtins.max", "builtins.min")
def _extreme(machine: Core, arguments: Arguments) -> Value:
    largest = machine.called.endswith("max")
    values = arguments.values
    if len(values) == 1 and arguments.more is None:
        contents = machine.contents(values[0])
        sorted_by(machine, arguments, contents)
        found = [*(contents.items if contents.items is not None else [contents.element()])]
        default = arguments.named.get("default")
        if default is not None and not (contents.items):
            found.append(default)
        if arguments.named.get("key") is not None or not found:
            return join_all(found) if found else NOTHING
        folded = folding.fold_extreme(found, largest)
        return folded if folded is not None else join_all(found)
    if arguments.named.get("key") is not None:
        sorted_by(machine, arguments, Contents(tuple(values)))
        return join_all(arguments.every())
    folded = folding.fold_extreme(values, largest)
    if folded is not None:
        return folded

    marks, kind = 0, ""
    numbers = [one.value for one in values if isinstance(one, Known) and isinstance(one.value, (int, float))]
    for one in values:
        marks |= marks_of(one)
        kind = "number" if isinstance(one, Unknown) and one.kind == "number" else kind
    if marks & BUDGET or kind == "number":
        if largest and marks & BUDGET and numbers and max(numbers) > 10:
            marks |= INFLATED
        truth = True if largest and numbers and max(numbers) > 0 else None
        if not largest:
            marks &= (
                ~INFLATED
                if any(
                    isinstance(one, Unknown) and one.marks & BUDGET and not one.marks & INFLATED
                    for one in values
                )
                else -1
            )
        return Unknown(marks & (NUMERIC | BUDGET | MOVED | ENDLESS), "number", truth)
    return join_all(arguments.every())


@handles("builtins.sum", "math.fsum", "math.prod")
def _sum(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    contents = machine.contents(first) if first is not None else Contents()
    if contents.items is not None:
        folded = folding.fold_sum(contents.items, arguments.get(1, "start"))
        if folded is not None:
            return folded
        start = arguments.get(1, "start")
        if isinstance(start, Items):
            joined: Value = start
            for one in contents.items:
                joined = machine.binary(ast.Add(), joined, one)
            return joined
    start = arguments.get(1, "start")
    if isinstance(start, Items):
        return Items("list", Contents(None, machine.contents(contents.element()).element()))
    return Unknown(deep(contents.element()) & BUDGET, "number")


@handles("builtins.any", "builtins.all")
def _any(machine: Core, arguments: Arguments) -> Value:
    some = machine.called.endswith("any")
    first = arguments.get(0)
    contents = machine.contents(first) if first is not None else Contents()

    marks, unsure = 0, contents.items is None
    for one in contents.items if contents.items is not None else filter(None, (contents.each,)):
        sure = machine.true(one)
        if sure is some and contents.items is not None:
            return TRUE if some else FALSE
        if sure is None:
            unsure = True
            marks |= guarding(one)
        elif contents.items is None and sure is not some:
            return FALSE if some else TRUE
    return Unknown(marks, "bool") if unsure else FALSE if some else TRUE


@handles("builtins.next", "builtins.anext")
def _next(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    if first is None:
        return NOTHING
    contents = machine.contents(first)
    found = [contents.element()] if contents.upto() != 0 else []
    if isinstance(first, Items) and contents.items and first.kind == "iterator":
        found = [contents.items[0]]
        machine.put(first.state, "contents", Contents(contents.items[1:], None, contents.marks))
    elif len(arguments.values) > 1:
        found.append(arguments.values[1])
    return join_all(found) if found else NOTHING
