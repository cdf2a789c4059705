"""A call of something of a library."""

from __future__ import annotations

from selftaught.safety.reading import folding
from selftaught.safety.reading.core import Core
from selftaught.safety.reading.knowing import marks_under
from selftaught.safety.reading.library import executing, making, reflecting  # noqa: F401 - they fill HANDLERS
from selftaught.safety.reading.library.holding import call_back, callables, held_by, hold
from selftaught.safety.reading.library.iterators import chance_function, heap_function, iteration
from selftaught.safety.reading.library.making import fromkeys, operate
from selftaught.safety.reading.library.methods import method
from selftaught.safety.reading.library.reflecting import of_object
from selftaught.safety.reading.library.registry import HANDLERS
from selftaught.safety.reading.library.running import pool
from selftaught.safety.reading.library.tables import (
    BESIDE,
    CHANCE,
    COUNTING,
    DECODES,
    LATER,
    NUMBERS,
    SAME,
    TAKES,
    TEXTS,
)
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
    found = _of_builtin_class(machine, path, arguments)
    if found is not None:
        return found
    effects(machine, function, arguments)
    found = folding.fold_function(path, arguments) or _of_family(machine, function, arguments)
    if found is not None:
        return found
    values = arguments.every()
    for one in callables(values):
        call_back(machine, one, [value for value in values if value is not one])
    if "()" in path:
        return _of_thing(machine, function, values)
    return _something_new(machine, function, arguments)


def _of_builtin_class(machine: Core, path: str, arguments: Arguments) -> Value | None:
    """``str.upper(text)``, ``dict.fromkeys(…)``, ``object.__setattr__(…)``."""
    first = arguments.get(0)
    if not path.startswith("builtins.") or path.count(".") != 2 or first is None:
        return None
    kind, name = path.split(".")[1:]
    if kind == "object":
        return of_object(machine, name, arguments)
    if kind not in ("str", "list", "dict", "set", "bytes", "tuple", "int", "float", "frozenset"):
        return None
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


def _of_family(machine: Core, function: Library, arguments: Arguments) -> Value | None:
    """Of modules that are known as a whole, and whatever has something done beside the program."""
    path = function.path
    module, _, last = path.rpartition(".")
    if module in ("re", "re.compile()", "regex", "regex.compile()"):
        return pattern_function(machine, function, last, arguments)
    if path.startswith("itertools."):
        return iteration(arguments)
    if path.startswith("operator."):
        return operate(machine, last, arguments)
    if path.startswith("heapq."):
        return heap_function(machine, last, arguments)
    if module in CHANCE:
        return chance_function(machine, last, arguments)
    if path.startswith("textwrap.") or path in TEXTS:
        return text_function(machine, last, arguments)
    if (last in BESIDE and "()" in path) or path in LATER:
        return pool(machine, function, last, arguments)
    first = arguments.get(0)
    alone = len(arguments.values) == 1 and not arguments.named
    if alone and path.endswith("()") and isinstance(first, (Function, Class)):
        return first  # a decorator with settings
    return None


def _of_thing(machine: Core, function: Library, values: list[Value]) -> Value:
    """A method of something that a library made: it holds what it is given from now on."""
    hold(machine, function.held, values)
    last = function.path.rpartition(".")[2]
    if last in TAKES:
        return held_by(machine, function)
    if last in ("__enter__", "__aenter__", "copy", "__iter__"):
        return function
    return Library(function.path + "()", function.held, function.marks)


def _something_new(machine: Core, function: Library, arguments: Arguments) -> Value:
    """What a function gives of which no more is known: what it was given, a number, or a thing that holds it."""
    path, values, first = function.path, arguments.every(), arguments.get(0)
    module, _, last = path.rpartition(".")
    if path in SAME and first is not None:
        return arguments.values[1] if path == "typing.cast" and len(arguments.values) > 1 else first
    if path in NUMBERS or (module in COUNTING and last not in ("decompress", "compress")):
        return Unknown(ENDLESS if module == "time" else marks_under(values) & (BUDGET | NUMERIC), "number")
    texts = [one for one in values if isinstance(one, Known) and isinstance(one.value, (str, bytes))]
    decodes = bool(texts) and all(isinstance(one, Known) for one in values) and DECODES.search(path)
    opaque = (
        OPAQUE
        if decodes and not path.startswith(("builtins.", "logging", "warnings", "re.", "argparse"))
        else 0
    )
    held = Items("held", Contents())
    given = [*arguments.values, *([arguments.more] if arguments.more is not None else [])]
    hold(machine, held, [*given, *([Table(dict(arguments.named))] if arguments.named else [])])
    return Library(path + "()", held, opaque | function.marks)
