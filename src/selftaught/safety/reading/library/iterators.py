"""What goes through things and is no built-in: functools.reduce, itertools, heapq; and what draws by chance."""

from __future__ import annotations

import math

from selftaught.safety.reading import folding
from selftaught.safety.reading.core import Core
from selftaught.safety.reading.knowing import (
    deep,
    marks_of,
    marks_under,
    selected,
)
from selftaught.safety.reading.library.holding import TEXT
from selftaught.safety.reading.library.iterating import each_way, sorted_by
from selftaught.safety.reading.library.registry import handles
from selftaught.safety.reading.marks import (
    CUT,
    ENDLESS,
    HAS,
    LACKS,
    NUMERIC,
    PIECE,
    UNLIMITED,
)
from selftaught.safety.reading.values import (
    NONE,
    NOTHING,
    Arguments,
    Contents,
    Items,
    Known,
    Library,
    Unknown,
    Value,
    join,
    join_all,
    options,
    together,
)


def iteration(arguments: Arguments) -> Value:
    """What a function of itertools gives of which no more is known."""
    return Items("iterator", Contents(None, Unknown(marks_under(arguments.every()) & TEXT)))


@handles("itertools.count")
def _count(machine: Core, arguments: Arguments) -> Value:
    return Items("iterator", Contents(None, Unknown(0, "number"), ENDLESS))


@handles("itertools.cycle")
def _cycle(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    if first is None:
        return iteration(arguments)
    return Items("iterator", Contents(None, machine.contents(first).element(), ENDLESS))


@handles("itertools.repeat")
def _repeat(machine: Core, arguments: Arguments) -> Value:
    first, times = arguments.get(0), arguments.get(1, "times")
    if first is None:
        return iteration(arguments)
    if isinstance(times, Known) and type(times.value) is int and 0 <= times.value <= 64:
        return Items("iterator", Contents((first,) * times.value))
    return Items("iterator", Contents(None, first, marks_of(times) if times is not None else ENDLESS))


@handles("itertools.chain")
def _chain(machine: Core, arguments: Arguments) -> Value:
    contents = Contents()
    for value in arguments.values:
        contents = together(contents, machine.contents(value))
    if arguments.more is not None:
        contents = together(contents, Contents(None, machine.contents(arguments.more).element()))
    return Items("iterator", contents)


@handles("itertools.chain.from_iterable")
def _chain_from(machine: Core, arguments: Arguments) -> Value:
    first = arguments.get(0)
    contents = machine.contents(first) if first is not None else Contents()
    joined = Contents()
    if contents.items is not None:
        for one in contents.items:
            joined = together(joined, machine.contents(one))
        return Items("iterator", joined)
    inner = machine.contents(contents.element())
    return Items("iterator", Contents(None, inner.element(), contents.marks | inner.marks))


@handles("itertools.islice")
def _islice(machine: Core, arguments: Arguments) -> Value:
    first, ends = arguments.get(0), arguments.values[1:]
    if first is None:
        return iteration(arguments)
    contents = machine.contents(first)
    if contents.items is not None and all(isinstance(one, Known) for one in ends):
        cut = slice(*(one.value for one in ends if isinstance(one, Known)))
        return Items("iterator", Contents(folding.fold_slice(contents.items, Known(cut))))
    end = ends[0] if len(ends) == 1 else ends[1] if len(ends) > 1 else NOTHING
    most = end.value if isinstance(end, Known) and type(end.value) is int else contents.upto()
    marks = (contents.marks & ~ENDLESS) | marks_of(end) & NUMERIC
    return Items("iterator", Contents(None, contents.element(), marks, most))


@handles("itertools.starmap")
def starmap(machine: Core, arguments: Arguments) -> Value:
    """``starmap``, of pools too."""
    if len(arguments.values) < 2:
        return iteration(arguments)
    function, rows = arguments.values[:2]

    def spread(row: Value) -> Value:
        inner = machine.contents(row)
        if inner.items is not None:
            return machine.call(function, Arguments(list(inner.items)))
        return machine.call(function, Arguments([], {}, inner.element()))

    return Items("iterator", each_way(machine, machine.contents(rows), spread))


@handles("itertools.takewhile", "itertools.dropwhile")
def _while(machine: Core, arguments: Arguments) -> Value:
    if len(arguments.values) < 2:
        return iteration(arguments)
    function, values = arguments.values[:2]
    contents = machine.contents(values)
    each = contents.element()
    test = machine.call(function, Arguments([each]))
    if deep(each) & PIECE and isinstance(each, Unknown):
        each = selected(each, CUT | (UNLIMITED if marks_of(test) & (LACKS | HAS) else 0))
    return Items("iterator", Contents(None, each, contents.marks, contents.upto()))


@handles("itertools.product")
def _product(machine: Core, arguments: Arguments) -> Value:
    columns = [machine.contents(value) for value in arguments.values if not isinstance(value, Known)]
    if not columns or arguments.named:
        return _rows(machine, arguments)
    if math.prod(len(one.items) if one.items is not None else 25 for one in columns) <= 24:
        rows: list[tuple[Value, ...]] = [()]
        for column in columns:
            rows = [(*row, one) for row in rows for one in column.items or ()]
        return Items("iterator", Contents(tuple(Items("tuple", Contents(row)) for row in rows)))
    row = Items("tuple", Contents(tuple(column.element() for column in columns)))
    return Items("iterator", Contents(None, row))


@handles(
    "itertools.permutations",
    "itertools.combinations",
    "itertools.combinations_with_replacement",
    "itertools.pairwise",
    "itertools.batched",
)
def _rows(machine: Core, arguments: Arguments) -> Value:
    columns = [machine.contents(value) for value in arguments.values if not isinstance(value, Known)]
    each = join_all([column.element() for column in columns]) if columns else NOTHING
    return Items("iterator", Contents(None, Items("tuple", Contents(None, each))))


@handles("itertools.groupby")
def _groupby(machine: Core, arguments: Arguments) -> Value:
    first, key = arguments.get(0), arguments.get(1, "key")
    if first is None:
        return iteration(arguments)
    contents = machine.contents(first)
    label = machine.call(key, Arguments([contents.element()])) if key is not None else contents.element()
    group = Items("tuple", Contents((label, Items("iterator", contents))))
    return Items("iterator", Contents(None, group))


@handles("functools.reduce", "itertools.accumulate")
def _reduce(machine: Core, arguments: Arguments) -> Value:
    accumulate = machine.called.endswith("accumulate")
    function, values = (
        (arguments.get(1), arguments.get(0)) if accumulate else (arguments.get(0), arguments.get(1))
    )
    contents = machine.contents(values) if values is not None else Contents()
    start = arguments.named.get("initial") if accumulate else arguments.get(2)
    if function is None:
        return Items("iterator", Contents(None, contents.element(), contents.marks))
    if contents.items is not None and len(contents.items) <= 24:
        items = list(contents.items)
        result = start if start is not None else items.pop(0) if items else NOTHING
        for one in items:
            result = machine.call(function, Arguments([result, one]))
    else:
        result = start if start is not None else contents.element()
        for _ in range(2):
            result = join(result, machine.call(function, Arguments([result, contents.element()])))
    return (
        Items("iterator", Contents(None, result, contents.marks, contents.upto())) if accumulate else result
    )


def heap_function(machine: Core, name: str, arguments: Arguments) -> Value:
    """Heapq."""
    first = arguments.get(0)
    if name in ("nlargest", "nsmallest"):
        values = arguments.get(1)
        contents = machine.contents(values) if values is not None else Contents()
        sorted_by(machine, arguments, contents)

        size = first.value if isinstance(first, Known) and type(first.value) is int else contents.upto()
        return Items(
            "list",
            Contents(None, contents.element(), contents.marks | marks_of(first or NOTHING) & NUMERIC, size),
        )
    if first is None:
        return NOTHING
    if name in ("heappush", "heappushpop", "heapreplace") and len(arguments.values) > 1:
        for one in options(first):
            if isinstance(one, Items):
                machine.extend(one, Contents((arguments.values[1],)))
    if name == "merge":
        return Items(
            "iterator",
            Contents(None, join_all([machine.contents(one).element() for one in arguments.values])),
        )
    return NONE if name in ("heappush", "heapify") else machine.contents(first).element()


def chance_function(machine: Core, name: str, arguments: Arguments) -> Value:
    """Random, secrets and NumPy's generators."""
    first = arguments.get(0)
    if name in ("choice", "choices", "sample", "permutation"):
        contents = machine.contents(first) if first is not None else Contents()
        if name == "choice" and not arguments.named:
            return contents.element()
        number = (
            arguments.named.get("k")
            or arguments.named.get("size")
            or (arguments.get(1) if name == "sample" else arguments.get(2))
        )

        if isinstance(number, Known) and type(number.value) is int and 0 < number.value <= 24:
            return Items("list", Contents((contents.element(),) * number.value))
        return Items(
            "list",
            Contents(
                None,
                contents.element(),
                marks_of(number) & NUMERIC if number is not None else contents.marks,
                contents.upto(),
            ),
        )
    if name == "shuffle" and isinstance(first, Items):
        contents = first.contents
        if contents.items:
            machine.put(
                first.state,
                "contents",
                Contents((join_all(contents.items),) * len(contents.items), None, contents.marks),
            )
        return NONE
    if name in ("Random", "SystemRandom", "default_rng"):
        return Library("random.Random()")
    return NONE if name == "seed" else Unknown(0, "number")
