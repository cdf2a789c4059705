"""A call of something of a library."""

from __future__ import annotations

import re

from selftaught.safety.reading import folding
from selftaught.safety.reading.core import Core
from selftaught.safety.reading.knowing import marks_under
from selftaught.safety.reading.library import executing, making, reflecting  # noqa: F401 - they fill HANDLERS
from selftaught.safety.reading.library.holding import call_back, callables, held_by, hold
from selftaught.safety.reading.library.iterating import chance_function, heap_function, iterate
from selftaught.safety.reading.library.making import fromkeys, operate
from selftaught.safety.reading.library.methods import method
from selftaught.safety.reading.library.reflecting import of_object
from selftaught.safety.reading.library.registry import HANDLERS
from selftaught.safety.reading.library.running import pool
from selftaught.safety.reading.library.tables import LATER, NUMBERS, SAME, TAKES
from selftaught.safety.reading.library.texts import pattern_function, text_function
from selftaught.safety.reading.library.world import effects
from selftaught.safety.reading.marks import BUDGET, ENDLESS, NUMERIC, OPAQUE
from selftaught.safety.reading.values import (
    Arguments,
    Class,
    Contents,
    Function,
    Instance,
    Items,
    Known,
    Library,
    Table,
    Unknown,
    Value,
)


def call(machine: Core, function: Library, arguments: Arguments) -> Value:
    """A call of something of a library."""
    path = function.path
    handler = HANDLERS.get(path)
    if handler is not None:
        machine.called = path
        return handler(machine, arguments)
    values = arguments.every()
    first = arguments.get(0)
    if path.startswith("builtins.") and path.count(".") == 2 and first is not None:
        kind, name = path.split(".")[1:]
        if kind in ("str", "list", "dict", "set", "bytes", "tuple", "int", "float", "frozenset"):
            folded = folding.fold_static(kind, name, arguments)
            if folded is not None:
                return folded
            if name == "fromkeys":
                return fromkeys(machine, arguments)
            rest = Arguments(arguments.values[1:], arguments.named, arguments.more, arguments.named_more)
            if isinstance(first, Instance):
                table = first.attributes.get("__dict_self__")
                if isinstance(table, Value):
                    return method(machine, table, name, rest)
            return method(machine, first, name, rest)
        if kind == "object":
            return of_object(machine, name, arguments)
    effects(machine, function, arguments)
    folded = folding.fold_function(path, arguments)
    if folded is not None:
        return folded
    module, _, last = path.rpartition(".")
    if module.startswith("re") and module in ("re", "re.compile()", "regex", "regex.compile()"):
        return pattern_function(machine, function, last, arguments)
    if path.startswith("itertools."):
        return iterate(machine, last, arguments)
    if path.startswith("operator."):
        return operate(machine, last, arguments)
    if path.startswith("heapq."):
        return heap_function(machine, last, arguments)
    if module in (
        "random",
        "random.Random()",
        "random.SystemRandom()",
        "secrets",
        "numpy.random",
        "numpy.random.default_rng()",
    ):
        return chance_function(machine, last, arguments)
    if path.startswith("textwrap.") or path in (
        "inspect.cleandoc",
        "html.escape",
        "builtins.ascii",
        "shlex.quote",
        "string.capwords",
    ):
        return text_function(machine, last, arguments)
    if (
        last
        in (
            "submit",
            "apply",
            "apply_async",
            "map",
            "imap",
            "imap_unordered",
            "starmap",
            "map_async",
            "starmap_async",
            "run_in_executor",
            "to_thread",
            "call_soon",
            "call_later",
            "run_sync",
            "start_soon",
            "create_task",
            "spawn",
            "enter",
            "enterabs",
            "callback",
            "push_async_callback",
            "add_done_callback",
            "apply_sync",
        )
        and "()" in path
    ) or path in LATER:
        return pool(machine, function, last, arguments)
    if (
        len(arguments.values) == 1
        and not arguments.named
        and path.endswith("()")
        and isinstance(first, (Function, Class))
    ):
        return first  # a decorator with settings
    marks = marks_under(values)
    for one in callables(values):
        call_back(machine, one, [value for value in values if value is not one])
    if "()" in path:
        hold(machine, function.held, values)
        if last in TAKES:
            return held_by(machine, function)
        if last in ("__enter__", "__aenter__", "copy", "__iter__"):
            return function
        return Library(path + "()", function.held, function.marks)
    if path in SAME and first is not None:
        return arguments.values[1] if path == "typing.cast" and len(arguments.values) > 1 else first
    if path in NUMBERS or (
        module in ("math", "cmath", "time", "statistics", "zlib") and last not in ("decompress", "compress")
    ):
        return Unknown(ENDLESS if module == "time" else marks & BUDGET | marks & NUMERIC, "number")
    opaque = 0
    if (
        values
        and all(isinstance(one, Known) for one in values)
        and any(isinstance(one.value, (str, bytes)) for one in values if isinstance(one, Known))
        and not path.startswith(("builtins.", "logging", "warnings", "re.", "argparse"))
    ):
        opaque = (
            OPAQUE
            if re.search(r"decod|decompress|b64|b32|hex|loads|cipher|decrypt|unpack|translate|rot", path)
            else 0
        )
    held = Items("held", Contents())
    tables: list[Value] = [Table(dict(arguments.named))] if arguments.named else []
    hold(
        machine, held, [*arguments.values, *([arguments.more] if arguments.more is not None else []), *tables]
    )
    return Library(path + "()", held, opaque | function.marks)
